package import EventLog
package import Jobs
package import SchedulerCore

/// What a command came to.
package enum Response: Sendable {
    case scheduled
    case deleted
    case found(StoredJob, JobStatus)
    case rejected(Rejection)
}

/// A live job, read back from the log.
package struct StoredJob: Sendable {
    package let generation: SequenceNumber
    package let definition: Definition
    package let payload: Payload?

    package init(generation: SequenceNumber, definition: Definition, payload: Payload?) {
        self.generation = generation
        self.definition = definition
        self.payload = payload
    }
}
