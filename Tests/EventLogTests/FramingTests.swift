import EventLog
import TestSupport
import Testing

@Suite("Checksums and framing")
struct FramingTests {
    @Test("CRC-32C gives the values of RFC 3720")
    func knownValues() {
        func checksum(_ bytes: [UInt8]) -> UInt32 {
            bytes.withUnsafeBytes { CRC32C.checksum($0) }
        }
        #expect(checksum([]) == 0)
        #expect(checksum(Array("123456789".utf8)) == 0xE306_9283)
        #expect(checksum([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
        #expect(checksum([UInt8](repeating: 0xFF, count: 32)) == 0x62A8_AB43)
        #expect(checksum(Array(0..<32)) == 0x46DD_794E)
    }

    @Test("a checksum continued over two parts is that of the whole")
    func continued() {
        let bytes = (0..<100).map { UInt8($0) }
        let whole = bytes.withUnsafeBytes { CRC32C.checksum($0) }
        for split in 0...bytes.count {
            let first = bytes[..<split].withUnsafeBytes { CRC32C.checksum($0) }
            let both = bytes[split...].withUnsafeBytes { CRC32C.checksum($0, continuing: first) }
            #expect(both == whole)
        }
    }

    @Test("a stored record opens at its own number, and nowhere else")
    func place() {
        let bytes: [UInt8] = [1, 2, 3, 4, 5]
        let stored = bytes.withUnsafeBytes { RecordFrame.close($0, at: SequenceNumber(7)) }
        #expect(opened(stored, at: 7) == bytes)
        #expect(opened(stored, at: 8) == nil)
    }

    @Test("a stored record with any bit flipped, or cut anywhere, does not open")
    func changed() {
        let bytes = (0..<50).map { UInt8($0) }
        let stored = bytes.withUnsafeBytes { RecordFrame.close($0, at: SequenceNumber(7)) }
        for bit in 0..<(stored.count * 8) {
            var flipped = stored
            flipped[bit / 8] ^= 1 << (bit % 8)
            #expect(opened(flipped, at: 7) == nil)
        }
        for count in 0..<stored.count {
            #expect(opened(Array(stored[..<count]), at: 7) == nil)
        }
    }

    private func opened(_ stored: [UInt8], at sequence: UInt64) -> [UInt8]? {
        stored.withUnsafeBytes { stored in
            RecordFrame.open(stored, at: SequenceNumber(sequence)).map { Array($0) }
        }
    }
}
