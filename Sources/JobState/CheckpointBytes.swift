// Fields of a checkpoint: appending them to bytes, and reading them from the front. All integers
// are little endian; nothing is padded or aligned.

import EventLog

extension [UInt8] {
    /// Appends the memory of `fields`: an integer, or a tuple of integers of one size, already in
    /// little-endian order.
    @inline(__always)
    mutating func append<Fields: BitwiseCopyable>(memoryOf fields: Fields) {
        Swift.withUnsafeBytes(of: fields) { append(contentsOf: $0) }
    }

    /// Appends a 16-bit length and the bytes.
    mutating func append(short bytes: some Collection<UInt8>) {
        precondition(bytes.count <= Int(UInt16.max), "\(bytes.count) bytes do not fit")
        append(memoryOf: UInt16(bytes.count).littleEndian)
        append(contentsOf: bytes)
    }
}

/// Reads fields from the front of some bytes of a checkpoint. Every read checks that its bytes
/// exist before it touches or allocates anything.
struct CheckpointCursor {
    private let bytes: UnsafeRawBufferPointer
    /// The first byte's position in the file.
    private let start: Int
    private var offset = 0

    /// `bytes` must outlive the cursor.
    init(_ bytes: UnsafeRawBufferPointer, at start: Int) {
        self.bytes = bytes
        self.start = start
    }

    /// The next byte's position in the file.
    var place: Int { start + offset }
    var isAtEnd: Bool { offset == bytes.count }

    mutating func byte(_ field: StaticString) throws(CheckpointError) -> UInt8 {
        try integer(field)
    }

    mutating func word16(_ field: StaticString) throws(CheckpointError) -> UInt16 {
        try integer(field)
    }

    mutating func word32(_ field: StaticString) throws(CheckpointError) -> UInt32 {
        try integer(field)
    }

    mutating func word64(_ field: StaticString) throws(CheckpointError) -> UInt64 {
        try integer(field)
    }

    mutating func number(_ field: StaticString) throws(CheckpointError) -> Int64 {
        try integer(field)
    }

    mutating func timestamp(_ field: StaticString) throws(CheckpointError) -> Timestamp {
        Timestamp(nanoseconds: try integer(field))
    }

    mutating func sequenceNumber(_ field: StaticString) throws(CheckpointError)
        -> SequenceNumber
    {
        SequenceNumber(try integer(field))
    }

    mutating func bytes(_ count: Int, _ field: StaticString) throws(CheckpointError) -> [UInt8] {
        guard bytes.count - offset >= count else { throw end(inside: field) }
        let start = offset
        offset += count
        return Array(bytes[start..<offset])
    }

    /// Bytes preceded by a 16-bit length.
    mutating func shortBytes(_ field: StaticString) throws(CheckpointError) -> [UInt8] {
        try bytes(Int(try word16(field)), field)
    }

    /// UTF-8 preceded by a 16-bit length.
    mutating func text(_ field: StaticString) throws(CheckpointError) -> String {
        let place = place
        guard let text = String(validating: try shortBytes(field), as: UTF8.self) else {
            throw .damaged(at: place, reason: "\(field) is not UTF-8")
        }
        return text
    }

    @inline(__always)
    private mutating func integer<Integer: FixedWidthInteger & BitwiseCopyable>(
        _ field: StaticString
    ) throws(CheckpointError) -> Integer {
        let size = MemoryLayout<Integer>.size
        guard bytes.count &- offset >= size else { throw end(inside: field) }
        let value = bytes.loadUnaligned(fromByteOffset: offset, as: Integer.self)
        offset &+= size
        return Integer(littleEndian: value)
    }

    private func end(inside field: StaticString) -> CheckpointError {
        .damaged(at: place, reason: "the block ends inside \(field)")
    }
}
