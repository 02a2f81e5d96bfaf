// What the events have said of a job so far, and what they must say next.

import EventLog
import Jobs

/// A live generation: from `created` or `updated` until `deleted`, `updated` or `deletedByPrefix`.
struct Generation {
    let number: SequenceNumber
    let id: JobID
    /// Its place in `RouteTable`.
    let route: Int
    /// Likewise, if it has a concurrency key.
    let lane: Int?
    /// Its place in `Apps`.
    let app: Int
    /// What becomes of its ticks is reported, if they are due in the stretch.
    let isSelected: Bool
    let policy: FailurePolicy
    /// `nil` if the schedule cannot be read or its zone is unknown; then the log's next due times
    /// are believed.
    let rule: TickRule?
    /// Its last event so far: what the next one must name as `previous`.
    var last: SequenceNumber
    var tick: UInt64 = 1
    /// What the schedule asked for, for `tick`.
    var due: Timestamp
    /// What `due` was counted from: the due time of the tick before; the anchor for the first.
    var countedFrom: Timestamp
    /// Deliveries of its tick in a row whose connection to the app broke; `nil` if it is not known.
    var breaks: Int? = 0
    var phase: Phase
    /// Its triggers that may still be answered: in flight, or timed out.
    var unanswered = 0
    var progress = StoryProgress()

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
        /// Its history went wrong, which has been reported; the next event is believed, whatever it
        /// says.
        case unknown
    }

    /// Why a job that has run out of ticks must be deleted.
    enum Ending {
        case completed, expired, givenUp
        /// After a skip, which does not say why nothing follows.
        case any
    }
}

/// What a waiting tick waits for.
struct Attempt {
    enum Origin {
        /// The first attempt of its tick.
        case schedule
        /// Another one, after `trigger`, which `as` says in its own event.
        case repeated(PossibleDuplicate.Cause, of: TriggerID, as: Trigger.Cause)

        var cause: Trigger.Cause {
            switch self {
            case .schedule: .schedule
            case .repeated(_, _, let cause): cause
            }
        }
    }

    var number: UInt32 = 1
    /// Not before.
    var at: Timestamp
    var origin = Origin.schedule
    /// The event that made the job wait for it.
    var since: SequenceNumber
    /// When that was.
    var time: Timestamp
    /// What stood before a first attempt until then.
    var cause = LateCause.predecessor
    /// The app has answered an attempt before, so it surely saw it.
    var isAnswered = false

    var isRepeated: Bool {
        if case .repeated = origin { true } else { false }
    }
}

/// A trigger without an acknowledgement. Outlives its job.
struct Flight {
    let generation: SequenceNumber
    /// `nil` for a trigger of no live job, which has been reported.
    let owner: Owner?
    let tick: UInt64
    /// What the schedule asked for.
    let due: Timestamp
    let attempt: UInt32
    /// The instant of the attempt.
    let at: Timestamp
    /// When it was triggered.
    let time: Timestamp
    let receiver: ReceiverID
    /// It may be alone with its receiver.
    let isSuspect: Bool
    /// Something about it was wrong and reported: what its acknowledgement says follows is
    /// believed.
    let isDoubtful: Bool
    /// Its job is selected, or unknown, and its tick was due in the stretch.
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
        /// In the list of possible duplicates.
        let place: Int?
        /// The app surely saw the tick before.
        let isAnswered: Bool
    }
}

/// What is kept of a generation that ended with triggers unanswered.
struct EndedGeneration {
    /// The event that ended it: the `previous` of every answer that comes after.
    let by: SequenceNumber
    var unanswered: Int
    let isSelected: Bool
}
