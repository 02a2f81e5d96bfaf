package import EventLog

/// Why the writer could not start, or stopped.
package enum SchedulerError: Error, Sendable {
    case log(LogError)
    /// A record whose checksum is correct but which is not an event, or cannot follow the events before
    /// it: written by a bug, or altered together with its checksum.
    case corruptHistory(at: SequenceNumber, reason: String)
}

extension SchedulerError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .log(let error): error.description
        case .corruptHistory(let sequence, let reason):
            "the log is damaged at record \(sequence): \(reason)"
        }
    }
}
