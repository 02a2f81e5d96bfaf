// The vocabulary of the whole system: everything that can have happened. Events are facts, named in
// the past tense.

package import EventLog

/// An event with its sequence number and time, as stored.
package struct Record: Equatable, Sendable {
    package let sequence: SequenceNumber
    /// The wall clock as read; it may go backwards.
    package let time: Timestamp
    package let event: Event

    package init(sequence: SequenceNumber, time: Timestamp, event: Event) {
        self.sequence = sequence
        self.time = time
        self.event = event
    }
}

package enum Event: Equatable, Sendable {
    /// A process became the writer. All receivers are absent until they are recorded as present.
    case opened(Opening)
    /// The writer stopped cleanly.
    case closed
    /// The rules of a time zone, recorded at first use and whenever they change.
    case zoneRules(ZoneRules)
    /// A job was accepted under a name that was not in use. Its generation is this event's sequence
    /// number.
    indirect case created(Definition)
    /// A job replaced another of the same name; `previous` is the last event of the replaced
    /// generation.
    indirect case updated(Definition, previous: SequenceNumber)
    case deleted(Deletion)
    /// Many jobs were deleted at once.
    case deletedByPrefix(PrefixDeletion)
    /// What a job waits for moved, with the rules of its zone or with the clock.
    case rescheduled(Rescheduling)
    /// The first receiver of a route appeared.
    case receiverPresent(Presence)
    /// The last receiver of a route disappeared.
    case receiverAbsent(Presence)
    /// A tick was triggered. Written before anything is sent.
    case triggered(Trigger)
    case acknowledged(Acknowledgement)
    /// Ticks were deliberately not run.
    case skipped(Skip)
    /// The writer was alive though idle.
    case frontier
    /// The wall clock jumped relative to the monotonic clock, or was believed after a hold.
    case clockMoved(from: Timestamp, to: Timestamp)
    /// The wall clock shows `wall`, which is not believed: nothing is triggered, and the log keeps its own time, until
    /// the hold is over or the process ends.
    case clockHeld(wall: Timestamp)
    /// The clock is believed again. Where the times differ, `clockMoved` follows.
    case clockReleased(ClockRelease)
    /// The beginning of the log is removed. Written before anything is removed.
    indirect case forgotten(Forgotten)
    /// The limit of a gate was set, changed or lifted. Limits end with the process that set them.
    case concurrencyLimited(ConcurrencyLimit)
}

package struct Opening: Equatable, Sendable {
    package var bootID: BootID
    package var softwareVersion: String
    package var logFormat: UInt32
    /// Whether the last writer stopped cleanly according to the record before this one, or there is
    /// no such record.
    package var isAfterCleanClose: Bool

    package init(
        bootID: BootID, softwareVersion: String, logFormat: UInt32, isAfterCleanClose: Bool
    ) {
        self.bootID = bootID
        self.softwareVersion = softwareVersion
        self.logFormat = logFormat
        self.isAfterCleanClose = isAfterCleanClose
    }
}

package struct ZoneRules: Equatable, Sendable {
    package var zone: String
    package var tzif: [UInt8]

    package init(zone: String, tzif: [UInt8]) {
        self.zone = zone
        self.tzif = tzif
    }
}

package struct Deletion: Equatable, Sendable {
    package enum Reason: Equatable, Sendable {
        case requested(Caller)
        /// Its last tick succeeded.
        case completed
        /// No tick is left before its expiry.
        case expired
        /// Its last tick was given up under its failure policy.
        case givenUp
    }

    package var generation: SequenceNumber
    package var previous: SequenceNumber
    package var reason: Reason

    package init(generation: SequenceNumber, previous: SequenceNumber, reason: Reason) {
        self.generation = generation
        self.previous = previous
        self.reason = reason
    }
}

package struct PrefixDeletion: Equatable, Sendable {
    /// The prefix of `JobID.key` shared by the deleted jobs.
    package var keyPrefix: [UInt8]
    package var count: UInt64
    package var caller: Caller

    package init(keyPrefix: [UInt8], count: UInt64, caller: Caller) {
        self.keyPrefix = keyPrefix
        self.count = count
        self.caller = caller
    }
}

package struct Rescheduling: Equatable, Sendable {
    package enum Reason: UInt8, Sendable, CaseIterable {
        /// The rules of its time zone changed.
        case rules = 0
        /// The clock was put back, and the tick is due a span of time after another or after the job's acceptance. The
        /// due time moves with the attempt, and so does an expiry that was given as a span.
        case clock = 1
    }

    package var generation: SequenceNumber
    package var previous: SequenceNumber
    package var reason: Reason
    package var tick: UInt64
    /// When the attempt was due that moves.
    package var from: Timestamp
    /// `nil` if new rules leave no further tick; the job's `deleted` follows.
    package var to: Timestamp?

    package init(
        generation: SequenceNumber, previous: SequenceNumber, reason: Reason = .rules,
        tick: UInt64, from: Timestamp, to: Timestamp?
    ) {
        self.generation = generation
        self.previous = previous
        self.reason = reason
        self.tick = tick
        self.from = from
        self.to = to
    }
}

package struct Trigger: Equatable, Sendable {
    package enum Cause: UInt8, Sendable, CaseIterable, CustomStringConvertible {
        case schedule = 1
        /// The previous attempt was answered with a failure.
        case retry = 2
        /// The previous attempt has no durable answer, or never reached the app.
        case redelivery = 3
        case manual = 4

        /// The word for it. Written out, as every trigger carries it: to look a case's name up costs
        /// more than to encode the trigger.
        package var description: String {
            switch self {
            case .schedule: "schedule"
            case .retry: "retry"
            case .redelivery: "redelivery"
            case .manual: "manual"
            }
        }
    }

    /// What delayed a trigger.
    package enum Hold: UInt8, Sendable, CaseIterable {
        case receiverAbsent = 1
        case windowFull = 2
        case gate = 3
        case predecessor = 4
        case downtime = 5
        /// A redelivery waited for a stream of a sidecar that will stay.
        case reconnecting = 6
        /// The clock was held, or has jumped.
        case clock = 7
    }

    package var generation: SequenceNumber
    package var previous: SequenceNumber
    /// The number of the schedule's occurrence, from 1.
    package var tick: UInt64
    /// When the schedule asked for the tick; the same for every attempt.
    package var due: Timestamp
    /// The attempt's number within the tick, from 1; a redelivery repeats it.
    package var attempt: UInt32
    package var cause: Cause
    package var receiver: ReceiverID
    package var heldBy: Hold?

    package init(
        generation: SequenceNumber, previous: SequenceNumber, tick: UInt64, due: Timestamp,
        attempt: UInt32, cause: Cause, receiver: ReceiverID, heldBy: Hold?
    ) {
        self.generation = generation
        self.previous = previous
        self.tick = tick
        self.due = due
        self.attempt = attempt
        self.cause = cause
        self.receiver = receiver
        self.heldBy = heldBy
    }
}

package struct Skip: Equatable, Sendable {
    package enum Reason: UInt8, Sendable, CaseIterable {
        case policy = 1
    }

    package var generation: SequenceNumber
    package var previous: SequenceNumber
    package var firstTick: UInt64
    package var lastTick: UInt64
    package var reason: Reason
    package var next: Acknowledgement.Next?

    package init(
        generation: SequenceNumber, previous: SequenceNumber, firstTick: UInt64, lastTick: UInt64,
        reason: Reason, next: Acknowledgement.Next?
    ) {
        self.generation = generation
        self.previous = previous
        self.firstTick = firstTick
        self.lastTick = lastTick
        self.reason = reason
        self.next = next
    }
}
