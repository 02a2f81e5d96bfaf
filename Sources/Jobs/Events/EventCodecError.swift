package import EventLog

/// Why bytes are not an event, and where.
package struct EventCodecError: Error, Equatable, Sendable {
    package enum Problem: Equatable, Sendable {
        /// The bytes end inside `field`.
        case truncated(field: String)
        /// This many bytes follow the last field.
        case trailing(count: Int)
        /// The number of a kind that this program does not know.
        case unknownKind(UInt8)
        /// A number outside `field`'s range, or not 0 where `field` has no meaning.
        case invalid(field: String, value: UInt64)
        /// `field` is not valid UTF-8.
        case invalidText(field: String)
        /// `field` is not the key of a job or a route.
        case invalidKey(field: String)
    }

    package let sequence: SequenceNumber
    /// The position in the record, in bytes from its start.
    package let offset: Int
    package let problem: Problem

    init(_ sequence: SequenceNumber, offset: Int, _ problem: Problem) {
        self.sequence = sequence
        self.offset = offset
        self.problem = problem
    }
}

extension EventCodecError: CustomStringConvertible {
    package var description: String {
        let what =
            switch problem {
            case .truncated(let field): "the record ends inside \(field)"
            case .trailing(let count): "\(count) bytes too many"
            case .unknownKind(let kind): "unknown kind \(kind)"
            case .invalid(let field, let value): "\(field) cannot be \(value)"
            case .invalidText(let field): "\(field) is not UTF-8"
            case .invalidKey(let field): "\(field) is not a key"
            }
        return "record \(sequence), byte \(offset): \(what)"
    }
}
