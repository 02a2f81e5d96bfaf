// A turn ends with a seal: how far the writer had decided, and a digest that chains every record to
// all earlier ones. Changing, reordering or dropping a record changes every later digest.

import Crypto

/// The end of a turn: which records it holds, when it was taken, and the digest of the whole log up
/// to it.
package struct Seal: Sendable, Equatable {
    package static let digestSize = 32

    package var first: SequenceNumber
    package var last: SequenceNumber
    /// The wall clock when the turn was taken.
    package var time: Timestamp
    /// Every tick due by this instant is triggered, skipped, or waiting for a reason recorded in
    /// the log.
    package var decidedThrough: Timestamp
    /// SHA-256(previous digest ‖ framed records ‖ first ‖ last ‖ time ‖ decidedThrough); 32 bytes.
    package var digest: [UInt8]

    package init(
        first: SequenceNumber, last: SequenceNumber, time: Timestamp, decidedThrough: Timestamp,
        digest: [UInt8]
    ) {
        self.first = first
        self.last = last
        self.time = time
        self.decidedThrough = decidedThrough
        self.digest = digest
    }

    /// Before the first turn: the digest is the log id, so two logs never share one.
    package static func genesis(of log: LogID) -> Seal {
        Seal(
            first: .zero, last: .zero, time: .earliest, decidedThrough: .earliest,
            digest: log.bytes + [UInt8](repeating: 0, count: digestSize - LogID.size))
    }
}

/// The permanent identity of a log: 128 random bits, drawn when the log was created.
package struct LogID: Sendable, Equatable {
    package static let size = 16
    package let bytes: [UInt8]

    /// `nil` unless there are exactly 16 bytes.
    package init?(bytes: [UInt8]) {
        guard bytes.count == LogID.size else { return nil }
        self.bytes = bytes
    }

    /// A new id from bytes that `draw` returns.
    package static func random(
        _ draw: () -> UInt8 = { .random(in: .min ... .max) }
    ) -> LogID {
        // Safe because exactly `size` bytes are drawn.
        LogID(bytes: (0..<size).map { _ in draw() })!
    }
}

/// Continues the digest chain: fed record by record, closed by the fields of the seal.
package struct DigestChain: Sendable {
    private var digest: [UInt8]
    private var hasher: SHA256

    package init(after seal: Seal) {
        digest = seal.digest
        hasher = SHA256()
        hasher.update(data: digest)
    }

    package mutating func add(_ record: UnsafeRawBufferPointer, at sequence: SequenceNumber) {
        RecordFrame.withHeader(sequence, count: record.count) { hasher.update(bufferPointer: $0) }
        hasher.update(bufferPointer: record)
    }

    package mutating func add(_ records: RecordBatch) {
        records.bytes.withUnsafeBytes { bytes in
            for index in 0..<records.count {
                add(
                    UnsafeRawBufferPointer(rebasing: bytes[records.range(at: index)]),
                    at: records.sequence(at: index))
            }
        }
    }

    /// Ends a turn and starts the next: the digest that `seal`'s fields must carry.
    package mutating func close(
        first: SequenceNumber, last: SequenceNumber, time: Timestamp, decidedThrough: Timestamp
    ) -> Seal {
        for word in [
            first.rawValue, last.rawValue, UInt64(bitPattern: time.rawValue),
            UInt64(bitPattern: decidedThrough.rawValue),
        ] {
            withUnsafeBytes(of: word.littleEndian) { hasher.update(bufferPointer: $0) }
        }
        let seal = Seal(
            first: first, last: last, time: time, decidedThrough: decidedThrough,
            digest: Array(hasher.finalize()))
        self = DigestChain(after: seal)
        return seal
    }
}
