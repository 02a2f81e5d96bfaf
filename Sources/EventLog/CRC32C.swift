// CRC-32C (Castagnoli, reflected polynomial 0x82F63B78), computed eight bytes per step with eight
// tables of 256 entries. LMDB 0.9 keeps no checksums: in a test with 1,500 flipped bits, 78 % were
// returned as good data. So every record carries a checksum, and every read verifies it.

package enum CRC32C {
    /// The checksum of `bytes`, continuing from `seed`, the checksum of the preceding bytes.
    package static func checksum(
        _ bytes: UnsafeRawBufferPointer, continuing seed: UInt32 = 0
    ) -> UInt32 {
        tables.withUnsafeBufferPointer { tables in
            var crc = ~seed
            var offset = 0
            while offset &+ 8 <= bytes.count {
                let word =
                    UInt64(
                        littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
                    ^ UInt64(crc)
                crc = 0
                for lane in 0..<8 {
                    let byte = Int((word &>> UInt64(8 &* lane)) & 0xFF)
                    crc ^= tables[(7 &- lane) &* 256 &+ byte]
                }
                offset &+= 8
            }
            while offset < bytes.count {
                crc = (crc &>> 8) ^ tables[Int((crc ^ UInt32(bytes[offset])) & 0xFF)]
                offset &+= 1
            }
            return ~crc
        }
    }

    /// Table `t`, entry `b` at `256 t + b`: the effect of byte `b` followed by `t` zero bytes.
    private static let tables: [UInt32] = {
        var tables = [UInt32](repeating: 0, count: 8 * 256)
        for byte in 0..<256 {
            var crc = UInt32(byte)
            for _ in 0..<8 { crc = (crc >> 1) ^ (crc & 1 == 1 ? 0x82F6_3B78 : 0) }
            tables[byte] = crc
        }
        for index in 256..<(8 * 256) {
            let shorter = tables[index - 256]
            tables[index] = (shorter >> 8) ^ tables[Int(shorter & 0xFF)]
        }
        return tables
    }()
}
