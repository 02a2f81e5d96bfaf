package import EventLog
package import Jobs

/// A live job: only what decisions need. Its texts and payload stay in the log under its
/// generation.
package struct JobRow: Equatable, Sendable {
    package let id: JobID
    package internal(set) var lane: LaneIndex
    package var rule: TickRule
    package let failurePolicy: FailurePolicy
    package let fingerprint: Fingerprint
    /// Whether a payload is stored under its generation.
    package let hasPayload: Bool
    /// Whether it was submitted with metadata that its identity does not contain.
    package let hasMetadata: Bool
    /// Whether its first tick is due a span of time after its acceptance, not on a date.
    package let isDueAfterSpan: Bool
    /// Whether it expires a span of time after that, not on a date.
    package let isExpiringAfterSpan: Bool
    /// Whether the app's last answer, or its silence, was a failure.
    package var isFailing = false
    package var tick: Tick
    /// The last event of this generation.
    package var previous: SequenceNumber
}

/// One occurrence of a job's schedule, from before it is due until its outcome is known.
package struct Tick: Equatable, Sendable {
    package enum Phase: Equatable, Sendable {
        /// Due at `attemptDue`, or overdue because it is parked or the window is full. → inFlight
        case waiting(Trigger.Cause)
        /// Sent, or about to be. → waiting (the same tick or the next), finished
        case inFlight(TriggerID)
        /// No tick is left; the job's `deleted` event follows in the same turn. → (the row is
        /// removed)
        case finished
    }

    /// From 1.
    package var number: UInt64
    /// What the schedule asked for. Retries never move it, so a schedule cannot drift.
    package var due: Timestamp
    /// The instant `due` was counted from: the due time of the previous tick; for the first, the
    /// anchor.
    package let countedFrom: Timestamp
    /// When this attempt is due; retries count from here. Dapr: go-etcd-cron counter.go,
    /// policyTryAgain.
    package var attemptDue: Timestamp
    /// From 1.
    package var attempt: UInt32
    /// How many deliveries in a row ended because the connection to the app broke; 255 means 255 or
    /// more. An answer or a time-out resets it; a delivery lost otherwise does not.
    package var breaks: UInt8 = 0
    /// Whether the previous tick was still running when this one came due.
    package var isBehindPredecessor: Bool
    package var phase: Phase

    package init(
        number: UInt64, due: Timestamp, countedFrom: Timestamp, isBehindPredecessor: Bool = false
    ) {
        self.number = number
        self.due = due
        self.countedFrom = countedFrom
        self.isBehindPredecessor = isBehindPredecessor
        attemptDue = due
        attempt = 1
        phase = .waiting(.schedule)
    }

    /// The only tick of a job that had expired before its first tick.
    static func none(at anchor: Timestamp) -> Tick {
        var tick = Tick(number: 0, due: anchor, countedFrom: anchor)
        tick.phase = .finished
        return tick
    }
}

/// A trigger without a durable answer. It outlives its job: an answer may arrive after the delete.
package struct InFlightTrigger: Equatable, Sendable {
    package let generation: SequenceNumber
    package internal(set) var lane: LaneIndex
    package let receiver: ReceiverID
    package let triggeredAt: Timestamp
    /// The event that has ended the generation, if any.
    package var endedBy: SequenceNumber?
}
