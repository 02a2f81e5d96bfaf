package import EventLog

/// Why bytes cannot be used as a checkpoint. Then the log is folded from its beginning: nothing is
/// in a checkpoint that is not in the log.
package enum CheckpointError: Error, Equatable, Sendable {
    /// Written by another version of the program. Whether it is whole is not known.
    case unknownFormat(UInt32)
    /// A whole checkpoint, but of the log of this name.
    case anotherLog(LogID)
    /// Not what a writer wrote: `offset` counts from the first byte of the file, `reason` is for a
    /// reader.
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
