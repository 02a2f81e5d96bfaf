// What the events have said about a job so far, and what must follow.

import EventLog
import Jobs

/// A live generation: from `created` or `updated` until `deleted`, `updated` or `deletedByPrefix`.
struct Generation {
    let number: SequenceNumber
    let id: JobID
    /// Its index in `RouteTable`.
    let route: Int
    /// Its lane's index in `RouteTable`, if it has a concurrency key.
    let lane: Int?
    /// Its index in `Apps`.
    let app: Int
    /// Whether its ticks are reported, if they are due in the reported part.
    let isSelected: Bool
    let policy: FailurePolicy
    /// `nil` if the schedule cannot be read or its zone is unknown; then the log's due times are trusted.
    var rule: TickRule?
    /// Its last event so far, which the next one must name as `previous`.
    var last: SequenceNumber
    /// The number of its first tick here.
    let firstTick: UInt64
    var tick: UInt64
    /// The due time of `tick`.
    var due: Timestamp
    /// What `due` was computed from: the due time of the tick before, if there was one, here or
    /// elsewhere; else the anchor.
    var countedFrom: Timestamp
    /// Number of deliveries of its tick in a row whose connection broke; `nil` if unknown.
    var breaks: Int? = 0
    var phase: Phase
    /// Number of its triggers that may still be answered: in flight or timed out.
    var unanswered = 0
    /// Whether its first tick is due a span of time after its acceptance, not on a date.
    let isDueAfterSpan: Bool
    /// Whether it expires a span of time after that, not on a date.
    let isExpiringAfterSpan: Bool
    var progress = StoryProgress()

    /// Whether `tick` is due a span of time after another, or after the acceptance.
    var isSpanned: Bool {
        tick == 1 ? isDueAfterSpan : rule?.schedule?.isInterval ?? false
    }

    var isInFlight: Bool {
        if case .inFlight = phase { true } else { false }
    }

    enum Phase {
        /// Becomes `inFlight` by a trigger; stays, for a later tick, by a skip.
        case waiting(Attempt)
        /// Becomes `waiting` or `finished` by the acknowledgement.
        case inFlight(TriggerID)
        /// Nothing is left to run: the next event must be its `deleted`.
        case finished(Ending)
        /// Its history went wrong, which has been reported; the next event is trusted, whatever it says.
        case unknown
    }

    /// The reason with which a job without further ticks must be deleted.
    enum Ending {
        case completed, expired, givenUp
        /// Any reason: after a skip, which does not say why nothing follows.
        case any
    }
}

/// What a waiting tick waits for.
struct Attempt {
    enum Origin {
        /// The first attempt of its tick.
        case schedule
        /// Another attempt, after trigger `of`; its own trigger must have the cause `as`.
        case repeated(PossibleDuplicate.Cause, of: TriggerID, as: Trigger.Cause)

        var cause: Trigger.Cause {
            switch self {
            case .schedule: .schedule
            case .repeated(_, _, let cause): cause
            }
        }
    }

    var number: UInt32 = 1
    /// The earliest instant at which it may run.
    var at: Timestamp
    var origin = Origin.schedule
    /// The event since which the job waits for it.
    var since: SequenceNumber
    /// The time of that event.
    var time: Timestamp
    /// `since`, or the trigger whose acknowledgement that is.
    var countedIn: SequenceNumber
    /// What delayed the attempt until then.
    var cause = LateCause.predecessor
    /// Whether the app has answered an earlier attempt of the tick, so it certainly saw the tick.
    var isAnswered = false

    init(
        number: UInt32 = 1, at: Timestamp, since: SequenceNumber, time: Timestamp,
        countedIn: SequenceNumber? = nil, cause: LateCause = .predecessor
    ) {
        self.number = number
        self.at = at
        self.since = since
        self.time = time
        self.countedIn = countedIn ?? since
        self.cause = cause
    }

    var isRepeated: Bool {
        if case .repeated = origin { true } else { false }
    }
}

/// A trigger without an acknowledgement. It may outlive its job.
struct Flight {
    let generation: SequenceNumber
    /// `nil` for a trigger of no live job; that has been reported.
    let owner: Owner?
    let tick: UInt64
    /// The due time of the tick.
    let due: Timestamp
    let attempt: UInt32
    /// When the attempt was due.
    let at: Timestamp
    /// When it was triggered.
    let time: Timestamp
    let receiver: ReceiverID
    /// Whether it must be the only trigger of its receiver.
    let isSuspect: Bool
    /// Something about it was wrong and has been reported: its acknowledgement is trusted.
    let isDoubtful: Bool
    /// Whether its job is selected or unknown, and its tick was due in the reported part.
    let isReported: Bool
    /// Set if it may have been the second delivery of its tick.
    var repetition: Repetition?

    struct Owner {
        let job: JobID
        let route: Int
        let lane: Int?
        let app: Int
    }

    struct Repetition {
        /// Its index in the list of possible duplicates.
        let place: Int?
        /// Whether the app certainly saw the tick before.
        let isAnswered: Bool
    }
}

/// What is kept of a generation that ended with unanswered triggers.
struct EndedGeneration {
    /// The event that ended it, which every later answer names as `previous`.
    let by: SequenceNumber
    var unanswered: Int
    let job: JobID
}
