/// Consecutive encoded records in one buffer: what a turn appends and what a read returns.
///
/// One buffer rather than one array per record, because a boot reads millions of records.
package struct RecordBatch: Sendable, Equatable {
    /// The sequence number of the first record, even while the batch is empty.
    package let first: SequenceNumber
    /// All records' bytes, one after another, without framing.
    package private(set) var bytes: [UInt8] = []
    /// Where each record ends in `bytes`.
    package private(set) var ends: [Int] = []

    package init(first: SequenceNumber) { self.first = first }

    package var count: Int { ends.count }
    package var isEmpty: Bool { ends.isEmpty }

    /// The last record's sequence number; the one before `first` when empty.
    package var last: SequenceNumber {
        SequenceNumber(first.rawValue &+ UInt64(ends.count) &- 1)
    }

    package mutating func reserve(records: Int, bytes count: Int) {
        ends.reserveCapacity(records)
        bytes.reserveCapacity(count)
    }

    /// Appends one record, written by `encode` at the end of the buffer.
    package mutating func append(_ encode: (inout [UInt8]) -> Void) {
        encode(&bytes)
        ends.append(bytes.count)
    }

    package mutating func append(_ record: UnsafeRawBufferPointer) {
        bytes.append(contentsOf: record)
        ends.append(bytes.count)
    }

    package func sequence(at index: Int) -> SequenceNumber {
        SequenceNumber(first.rawValue &+ UInt64(index))
    }

    /// Where record `index` lies in `bytes`.
    package func range(at index: Int) -> Range<Int> {
        (index == 0 ? 0 : ends[index - 1])..<ends[index]
    }
}

extension RecordBatch {
    /// Appends all of `other`, which must follow this batch.
    package mutating func append(_ other: RecordBatch) {
        precondition(other.first == last.next, "records \(other.first) do not follow \(last)")
        let offset = bytes.count
        bytes.append(contentsOf: other.bytes)
        ends.append(contentsOf: other.ends.lazy.map { $0 + offset })
    }
}
