package import EventLog

/// Why the writer could not start, or stopped.
package enum SchedulerError: Error, Sendable {
    case log(LogError)
    /// A record whose checksum is good and which still is no event, or not one that can follow:
    /// written wrongly, or altered by somebody who mended the checksum.
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
