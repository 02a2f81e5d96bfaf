package import EventLog
package import Jobs
package import SchedulerCore

/// The result of a command, from the writer to the calls of `Scheduler`.
enum Response: Sendable {
    case scheduled
    case deleted
    case found(StoredJob, JobStatus)
    case listed(StoredPage)
    case deletedByPrefix(count: Int)
    /// Whether the clock was held, and whether it still is.
    case clockAccepted(wasHeld: Bool, isHeld: Bool)
    /// Whether the removal of the log's beginning is recorded.
    case forgotten(Bool)
    case rejected(Rejection)
}

/// One page of a list, in the order of names.
package struct StoredPage: Sendable {
    /// The list it is a page of.
    package let prefix: JobPrefix
    package let jobs: [(job: StoredJob, status: JobStatus)]
    /// Whether more jobs follow the last one.
    package let hasMore: Bool

    package init(
        prefix: JobPrefix, jobs: [(job: StoredJob, status: JobStatus)], hasMore: Bool
    ) {
        self.prefix = prefix
        self.jobs = jobs
        self.hasMore = hasMore
    }
}

/// A live job, read back from the log.
package struct StoredJob: Sendable {
    package let generation: SequenceNumber
    package let definition: Definition
    package let payload: Payload?
    /// The outcome of its last trigger; `nil` if none of this generation has one.
    package let lastOutcome: JobOutcome?

    package init(
        generation: SequenceNumber, definition: Definition, payload: Payload?,
        lastOutcome: JobOutcome? = nil
    ) {
        self.generation = generation
        self.definition = definition
        self.payload = payload
        self.lastOutcome = lastOutcome
    }
}
