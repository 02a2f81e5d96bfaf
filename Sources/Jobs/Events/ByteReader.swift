import EventLog

/// Reads fields from the front of a record's bytes. Every read checks that its bytes exist before
/// it touches or allocates anything.
struct ByteReader {
    private let bytes: UnsafeRawBufferPointer
    /// The record being read.
    let sequence: SequenceNumber
    private(set) var offset = 0

    /// `bytes` must outlive the reader.
    init(_ bytes: UnsafeRawBufferPointer, of sequence: SequenceNumber) {
        self.bytes = bytes
        self.sequence = sequence
    }

    mutating func byte(_ field: StaticString) throws(EventCodecError) -> UInt8 {
        try integer(field)
    }

    mutating func word32(_ field: StaticString) throws(EventCodecError) -> UInt32 {
        try integer(field)
    }

    mutating func word64(_ field: StaticString) throws(EventCodecError) -> UInt64 {
        try integer(field)
    }

    mutating func timestamp(_ field: StaticString) throws(EventCodecError) -> Timestamp {
        Timestamp(nanoseconds: try integer(field))
    }

    mutating func sequenceNumber(_ field: StaticString) throws(EventCodecError) -> SequenceNumber {
        SequenceNumber(try integer(field))
    }

    /// Bytes preceded by a 16-bit length.
    mutating func shortBytes(_ field: StaticString) throws(EventCodecError) -> [UInt8] {
        let count: UInt16 = try integer(field)
        return Array(try slice(Int(count), field))
    }

    /// Bytes preceded by a 32-bit length.
    mutating func longBytes(_ field: StaticString) throws(EventCodecError) -> [UInt8] {
        Array(try slice(Int(try word32(field)), field))
    }

    mutating func bytes(_ count: Int, _ field: StaticString) throws(EventCodecError) -> [UInt8] {
        Array(try slice(count, field))
    }

    /// UTF-8 preceded by a 16-bit length.
    mutating func text(_ field: StaticString) throws(EventCodecError) -> String {
        let start = offset
        let count: UInt16 = try integer(field)
        guard let text = String(validating: try slice(Int(count), field), as: UTF8.self) else {
            throw error(.invalidText(field: "\(field)"), at: start)
        }
        return text
    }

    /// Throws unless everything was read.
    func end() throws(EventCodecError) {
        if offset != bytes.count { throw error(.trailing(count: bytes.count - offset), at: offset) }
    }

    func error(_ problem: EventCodecError.Problem, at offset: Int) -> EventCodecError {
        EventCodecError(sequence, offset: offset, problem)
    }

    @inline(__always)
    private mutating func integer<Integer: FixedWidthInteger & BitwiseCopyable>(
        _ field: StaticString
    ) throws(EventCodecError) -> Integer {
        let size = MemoryLayout<Integer>.size
        guard bytes.count &- offset >= size else {
            throw error(.truncated(field: "\(field)"), at: offset)
        }
        let value = bytes.loadUnaligned(fromByteOffset: offset, as: Integer.self)
        offset &+= size
        return Integer(littleEndian: value)
    }

    private mutating func slice(_ count: Int, _ field: StaticString) throws(EventCodecError)
        -> UnsafeRawBufferPointer
    {
        guard bytes.count - offset >= count else {
            throw error(.truncated(field: "\(field)"), at: offset)
        }
        let start = offset
        offset += count
        return UnsafeRawBufferPointer(rebasing: bytes[start..<offset])
    }
}

extension ByteReader {
    mutating func errorDigest() throws(EventCodecError) -> ErrorDigest {
        ErrorDigest(low: try word64("error"), high: try word64("error"))
    }
}
