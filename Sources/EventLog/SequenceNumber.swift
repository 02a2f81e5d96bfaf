/// The place of a record in the log: 1, 2, 3 … without gaps. It is the only order of events; clock
/// readings are data.
///
/// A job's generation and a trigger's identity are also sequence numbers: those of the events that
/// caused them.
@usableFromInline package struct SequenceNumber: RawRepresentable, Hashable, Comparable, Sendable {
    @usableFromInline package let rawValue: UInt64

    @inlinable package init(rawValue: UInt64) { self.rawValue = rawValue }
    @inlinable package init(_ rawValue: UInt64) { self.rawValue = rawValue }

    /// Before the first record: the head of an empty log, and "no earlier event".
    package static let zero = SequenceNumber(0)

    /// The number after this one. A log cannot hold 2^64 records, so this does not overflow in
    /// practice; if it ever did, wrapping would show as a gap, which every reader rejects.
    @inlinable package var next: SequenceNumber { SequenceNumber(rawValue &+ 1) }

    /// Written out so that other modules can inline it: lookups in tables compare with it.
    @inlinable package static func == (left: SequenceNumber, right: SequenceNumber) -> Bool {
        left.rawValue == right.rawValue
    }

    @inlinable package static func < (left: SequenceNumber, right: SequenceNumber) -> Bool {
        left.rawValue < right.rawValue
    }
}

extension SequenceNumber: CustomStringConvertible {
    @usableFromInline package var description: String { "\(rawValue)" }
}
