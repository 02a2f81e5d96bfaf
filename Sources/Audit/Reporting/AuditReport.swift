// The result of an audit. Lists are bounded and in the order of the log; counts are complete.

package import EventLog
package import Jobs

package struct AuditReport: Sendable, Equatable {
    /// What the report is about begins behind this seal; `nil` is the beginning of the log.
    package var origin: Seal?
    package var totals: AuditTotals
    /// The first findings, at most `AuditLimits.findingsMax`: those found while reading, then those found
    /// at the end.
    package var findings: [Finding]
    /// All findings, listed or not.
    package var findingCounts: Tally<Finding.Kind>
    /// The story of every tick that came due.
    package var stories: StoryReport
    package var uptime: UptimeReport
    /// The first deliveries that may be duplicates; every delivery that was one is included or counted.
    package var possibleDuplicates: [PossibleDuplicate]
    package var possibleDuplicateCounts: Tally<PossibleDuplicate.Cause>
    /// Number of those that certainly were.
    package var sureDuplicateCount: Int
    /// Ticks that are due or in flight at the end: by generation, then triggers of ended jobs.
    package var pending: [PendingTick]
    package var pendingCounts: Tally<PendingTick.Reason>
    /// Jobs alive at the end.
    package var jobsLive: Int
    /// The last seal; `nil` if there was none.
    package var head: Seal?

    package var isClean: Bool { findingCounts.total == 0 && stories.inexcusableCount == 0 }
}

/// Something the events do not justify.
package struct Finding: Sendable, Equatable {
    package enum Kind: UInt8, Tallied {
        /// A tick that was due and could have been triggered, but was not.
        case missed = 1
        /// A tick that was triggered again without a recorded reason.
        case duplicate
        /// An event that does not follow from the events before it.
        case unexplained
    }

    package var kind: Kind
    package var generation: SequenceNumber?
    package var job: JobID?
    package var tick: UInt64?
    /// The events involved, each once, in the order of the log.
    package var sequences: [SequenceNumber]
    /// What is wrong, in one sentence. Contains no text from outside.
    package var explanation: String
}

/// A tick that is not over where the log ends.
package struct PendingTick: Sendable, Equatable {
    package enum Reason: UInt8, Tallied {
        /// Due, and no receiver is present.
        case parked = 1
        /// Due, and the receiver's window is full.
        case windowFull
        /// Due, and as many triggers are in flight as its limit of concurrency allows.
        case gate
        /// Triggered, not yet acknowledged.
        case inFlight
        /// To be triggered again later.
        case retrying
        /// Due since the last turn, or not reached by the writer yet.
        case undecided
        /// Due, and the clock is held.
        case clock
    }

    package var generation: SequenceNumber
    package var job: JobID
    package var tick: UInt64
    /// The instant of the attempt.
    package var at: Timestamp
    /// The trigger in flight.
    package var trigger: TriggerID? = nil
    package var reason: Reason
}

package struct AuditTotals: Sendable, Equatable {
    package var records = 0
    package var jobsCreated = 0
    package var jobsUpdated = 0
    /// Deleted one by one, by prefix, or at the end of their schedule. Does not include replaced jobs.
    package var jobsDeleted = 0
    /// Ticks triggered at least once.
    package var ticks = 0
    package var ticksSkipped: UInt64 = 0
    /// Ticks moved because the rules of a time zone had changed, or with the clock.
    package var ticksRescheduled = 0
    package var triggers = 0
    package var acknowledgements = Tally<Acknowledgement.Outcome>()
    /// Ticks used up by an app that has no handler for the job.
    package var ticksConsumedByNotFound = 0
    /// How often the clock was held.
    package var clockHolds = 0
    /// Ticks that ran before their time: seen when the clock was put back to before they were due.
    package var ticksAheadOfClock = 0
}
