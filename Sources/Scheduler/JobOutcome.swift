// What triggers came to: of a live job the last, and of all that happened those of one kind.

package import EventLog
package import Jobs

/// What a trigger came to.
package struct JobOutcome: Equatable, Sendable {
    /// The trigger.
    package let trigger: Trigger
    /// The record of its outcome.
    package let record: SequenceNumber
    package let time: Timestamp
    package let acknowledgement: Acknowledgement
    /// What the app said of this failure, or of the first of those in a row that this one ends; `nil`
    /// if it said nothing, or its words were erased.
    package let error: String?

    /// Whether its tick was given up: there is no further attempt.
    package var isGivenUp: Bool { acknowledgement.givesUp(tick: trigger.tick) }

    init(
        of acknowledgement: Acknowledgement, at time: Timestamp, record: SequenceNumber,
        trigger: Trigger, error: String?
    ) {
        self.acknowledgement = acknowledgement
        self.time = time
        self.record = record
        self.trigger = trigger
        self.error = error
    }

    /// The same, with what the app said.
    func saying(_ text: String) -> JobOutcome {
        JobOutcome(
            of: acknowledgement, at: time, record: record, trigger: trigger, error: text)
    }
}

/// A request for outcomes of one kind.
package struct OutcomeRequest: Equatable, Sendable {
    package enum Kind: String, CaseIterable, Sendable {
        /// Ticks that were given up: their last attempt failed.
        case givenUp
        /// Attempts that failed, given up or not.
        case failed
        /// Ticks that are done because the app has no handler.
        case notFound
    }

    package static let limits = 1...SchedulerLimits.historyEventsMax

    package let kind: Kind
    /// Of which jobs; a job is of one of them at most.
    package let jobs: [JobPrefix]
    /// Only outcomes recorded before this one; `nil` means up to the head.
    package let before: SequenceNumber?
    /// Maximum number of outcomes; clamped to `limits`.
    package let limit: Int

    package init(
        _ kind: Kind, of jobs: [JobPrefix], before: SequenceNumber? = nil, limit: Int
    ) {
        self.kind = kind
        self.jobs = jobs
        self.before = before
        self.limit = limit
    }
}

/// A part of a list of outcomes.
package struct OutcomePage: Equatable, Sendable {
    /// Newest first, each with the job it is of.
    package let outcomes: [Entry]
    /// The oldest record examined; the next part begins before it. `nil` if it was the log's first
    /// record.
    package let before: SequenceNumber?

    package init(outcomes: [Entry], before: SequenceNumber?) {
        self.outcomes = outcomes
        self.before = before
    }

    package struct Entry: Equatable, Sendable {
        package let id: JobID
        package let outcome: JobOutcome
    }
}
