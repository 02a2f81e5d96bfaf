// What an audit has to say. Lists are bounded and in the order of the log; counts are complete.

package import EventLog
package import Jobs

package struct AuditReport: Sendable, Equatable {
    package var totals: AuditTotals
    /// The first findings, at most `AuditLimits.findingsMax`: those met while reading, then what is
    /// missing at the end.
    package var findings: [Finding]
    /// All findings, listed or not.
    package var findingCounts: Tally<Finding.Kind>
    /// The first deliveries that at-least-once allowed to be repeated: what was sent twice is among
    /// them.
    package var possibleDuplicates: [PossibleDuplicate]
    package var possibleDuplicateCounts: Tally<PossibleDuplicate.Cause>
    /// Ticks that are due, or on their way, at the end: by generation, then triggers of ended jobs.
    package var pending: [PendingTick]
    package var pendingCounts: Tally<PendingTick.Reason>
    /// Jobs alive at the end.
    package var jobsLive: Int
    /// The last seal; `nil` if there was none.
    package var head: Seal?

    package var isClean: Bool { findingCounts.total == 0 }
}

/// Something the events do not justify.
package struct Finding: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable {
        /// A tick that was due, could have been triggered, and was not.
        case missed
        /// A tick that was triggered again although its story had not asked for it.
        case duplicate
        /// An event that nothing before it explains.
        case unexplained
    }

    package var kind: Kind
    package var generation: SequenceNumber?
    package var job: JobID?
    package var tick: UInt64?
    /// The events concerned, each once, in the order of the log.
    package var sequences: [SequenceNumber]
    /// What is wrong, in a sentence. Holds no text from outside.
    package var explanation: String
}

/// A tick that was triggered a second time for a reason that stands in the log.
package struct PossibleDuplicate: Sendable, Equatable {
    package enum Cause: String, Sendable, CaseIterable {
        /// The process died with the trigger in flight.
        case crash
        /// The stream closed with the trigger in flight.
        case abandoned
        case undeliverable
        case failed
        case timedOut
    }

    package var generation: SequenceNumber
    package var job: JobID
    package var tick: UInt64
    package var first: TriggerID
    package var again: TriggerID
    package var cause: Cause
}

/// A tick whose story is not over where the log ends.
package struct PendingTick: Sendable, Equatable {
    package enum Reason: String, Sendable, CaseIterable {
        /// Due, and no receiver is present.
        case parked
        /// Due, and the receiver takes no more before it has answered.
        case windowFull
        /// Due, and as many triggers are in flight as its limit of concurrency allows.
        case gate
        /// Triggered, not yet acknowledged.
        case inFlight
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
    /// One by one, by prefix, and at the end of their schedule. Replaced jobs are not among them.
    package var jobsDeleted = 0
    /// Ticks triggered at least once.
    package var ticks = 0
    package var ticksSkipped: UInt64 = 0
    /// Ticks moved because the rules of a time zone had changed.
    package var ticksRescheduled = 0
    package var triggers = 0
    package var acknowledgements = Tally<Acknowledgement.Outcome>()
    /// Ticks used up by an app that has no handler for the job.
    package var ticksConsumedByNotFound = 0
}

/// How often each case occurred. Read in the order of the cases, so that hashing never shows.
package struct Tally<Case: CaseIterable & Hashable & Sendable>: Sendable, Equatable {
    private var counts: [Case: Int] = [:]

    package init() {}

    package subscript(_ key: Case) -> Int { counts[key, default: 0] }
    package var total: Int { counts.values.reduce(0, +) }
    /// Every case, also those that never occurred.
    package var all: [(key: Case, count: Int)] { Case.allCases.map { ($0, self[$0]) } }

    package mutating func add(_ key: Case) { counts[key, default: 0] += 1 }
}
