// A stored record is its bytes followed by four bytes of CRC-32C. The checksum covers sequence
// number ‖ length ‖ bytes, so a good record in the wrong place, or one cut short, fails the check
// like a flipped bit.

package enum RecordFrame {
    package static let checksumSize = 4

    /// Sequence number (8) ‖ length (4), little endian: the header that precedes the bytes in
    /// checksum and digest.
    package static func withHeader<Result>(
        _ sequence: SequenceNumber, count: Int, _ body: (UnsafeRawBufferPointer) -> Result
    ) -> Result {
        let words = (
            sequence.rawValue.littleEndian,
            UInt64(UInt32(truncatingIfNeeded: count)).littleEndian
        )
        // The length is the low half of the second word; only those four bytes count.
        return withUnsafeBytes(of: words) { body(UnsafeRawBufferPointer(rebasing: $0[0..<12])) }
    }

    package static func checksum(_ sequence: SequenceNumber, _ bytes: UnsafeRawBufferPointer)
        -> UInt32
    {
        let seed = withHeader(sequence, count: bytes.count) { CRC32C.checksum($0) }
        return CRC32C.checksum(bytes, continuing: seed)
    }

    /// The bytes of a stored record without the checksum, or `nil` if the checksum does not match.
    package static func open(_ stored: UnsafeRawBufferPointer, at sequence: SequenceNumber)
        -> UnsafeRawBufferPointer?
    {
        guard stored.count >= checksumSize else { return nil }
        let bytes = UnsafeRawBufferPointer(rebasing: stored[..<(stored.count - checksumSize)])
        let expected = UInt32(
            littleEndian: stored.loadUnaligned(fromByteOffset: bytes.count, as: UInt32.self))
        return checksum(sequence, bytes) == expected ? bytes : nil
    }

    /// `bytes` followed by their checksum, as stored at `sequence`.
    package static func close(_ bytes: UnsafeRawBufferPointer, at sequence: SequenceNumber)
        -> [UInt8]
    {
        var stored = [UInt8]()
        stored.reserveCapacity(bytes.count + checksumSize)
        stored.append(contentsOf: bytes)
        withUnsafeBytes(of: checksum(sequence, bytes).littleEndian) {
            stored.append(contentsOf: $0)
        }
        return stored
    }
}
