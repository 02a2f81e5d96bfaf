// A stored record is its bytes, then four of CRC-32C. The checksum covers sequence number ‖ length
// ‖ bytes, so a good record at the wrong place, or cut short, is as bad as a flipped bit.

package enum RecordFrame {
    package static let checksumSize = 4

    /// Sequence number (8) ‖ length (4), little endian: what stands before the bytes in checksum
    /// and digest.
    package static func header(_ sequence: SequenceNumber, count: Int) -> [UInt8] {
        var header = [UInt8]()
        header.reserveCapacity(12)
        withUnsafeBytes(of: sequence.rawValue.littleEndian) { header.append(contentsOf: $0) }
        withUnsafeBytes(of: UInt32(truncatingIfNeeded: count).littleEndian) {
            header.append(contentsOf: $0)
        }
        return header
    }

    package static func checksum(_ sequence: SequenceNumber, _ bytes: UnsafeRawBufferPointer)
        -> UInt32
    {
        let prefix = (
            sequence.rawValue.littleEndian,
            UInt64(UInt32(truncatingIfNeeded: bytes.count)).littleEndian
        )
        // The length is the low half of the second word; only those four bytes count.
        let seed = withUnsafeBytes(of: prefix) {
            CRC32C.checksum(UnsafeRawBufferPointer(rebasing: $0[0..<12]))
        }
        return CRC32C.checksum(bytes, continuing: seed)
    }

    /// The bytes of a stored record without the checksum, or `nil` if the checksum does not fit
    /// them.
    package static func open(_ stored: UnsafeRawBufferPointer, at sequence: SequenceNumber)
        -> UnsafeRawBufferPointer?
    {
        guard stored.count >= checksumSize else { return nil }
        let bytes = UnsafeRawBufferPointer(rebasing: stored[..<(stored.count - checksumSize)])
        let expected = UInt32(
            littleEndian: stored.loadUnaligned(fromByteOffset: bytes.count, as: UInt32.self))
        return checksum(sequence, bytes) == expected ? bytes : nil
    }

    /// `bytes` with its checksum behind it, as stored at `sequence`.
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
