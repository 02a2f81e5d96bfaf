import EventLog
import Testing

@Suite("A digest of bytes that come piece by piece") struct DigestTests {
    @Test("is that of all of them, however they are cut") func pieces() {
        let bytes = (0..<1_000).map { UInt8(truncatingIfNeeded: $0 * 7) }
        for size in [1, 63, 64, 65, 999, 1_000] {
            var digest = RunningDigest()
            for start in stride(from: 0, to: bytes.count, by: size) {
                let piece = bytes[start..<min(bytes.count, start + size)]
                piece.withUnsafeBytes { digest.add($0) }
            }
            #expect(digest.value == Digest.sha256(bytes))
            // Reading the value does not end the digest.
            digest.add(UnsafeRawBufferPointer(start: nil, count: 0))
            #expect(digest.value == Digest.sha256(bytes))
        }
        #expect(RunningDigest().value == Digest.sha256([]))
    }
}
