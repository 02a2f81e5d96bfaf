package import EventLog

/// Why bytes cannot be used as a checkpoint. The log is then folded from its beginning: everything
/// in a checkpoint is also in the log.
package enum CheckpointError: Error, Equatable, Sendable {
    /// Written by another version of the program. Whether it is intact is unknown.
    case unknownFormat(UInt32)
    /// An intact checkpoint, but of the log with this id.
    case anotherLog(LogID)
    /// Not what a writer wrote: `offset` counts from the first byte of the file, `reason` is for
    /// people.
    case damaged(at: Int, reason: String)
}

extension CheckpointError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unknownFormat(let format):
            "format \(format) is unknown; this program writes \(CheckpointFormat.number)"
        case .anotherLog(let log):
            "it belongs to the log \(log.bytes.map { hexadecimal($0) }.joined())"
        case .damaged(let offset, let reason): "byte \(offset): \(reason)"
        }
    }

    private func hexadecimal(_ byte: UInt8) -> String {
        (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }
}
