// Hostile bytes: valid encodings with bytes changed, cut or added, and random ones. Nothing may
// trap, and accepted bytes must be the only encoding of the event they decode to.

import EventLog
import Jobs
import TestSupport
import Testing

@Suite("Decoding damaged bytes")
struct EventMutationTests {
    @Test("600,000 damaged events are refused, or are the encoding of what they were read as")
    func mutations() {
        var generator = Seed.generator(for: "mutations")
        var events = RandomEvents(generator: generator)
        let originals = (0..<450).map { index in
            let record = events.record(kind: index % RandomEvents.kindCount)
            return (bytes: record.encoded, sequence: record.sequence)
        }
        var judge = CodecJudge()
        var input = [UInt8]()
        for _ in 0..<600_000 {
            let original = originals[generator.index(below: originals.count)]
            input.removeAll(keepingCapacity: true)
            input.append(contentsOf: original.bytes)
            Self.mutate(&input, using: &generator)
            judge.check(input, at: original.sequence)
        }
        #expect(judge.accepted > 10_000)
        #expect(judge.refused > 10_000)
        #expect(judge.failures == [])
    }

    @Test("400,000 random byte strings are refused, or are the encoding of what they were read as")
    func randomBytes() {
        var generator = Seed.generator(for: "random bytes")
        var judge = CodecJudge()
        var input = [UInt8]()
        for _ in 0..<400_000 {
            input.removeAll(keepingCapacity: true)
            let count = generator.index(below: 96)
            while input.count < count {
                withUnsafeBytes(of: generator.next()) { input.append(contentsOf: $0) }
            }
            // Most inputs would fail at the first byte, or at a header of random flags.
            if generator.coin(), input.count >= 8 {
                input[0] = UInt8(1 + generator.index(below: RandomEvents.kindCount))
                input[1] = UInt8(generator.index(below: 4))
                input[2] = UInt8(generator.index(below: 4))
                for offset in 3..<8 { input[offset] = 0 }
            }
            judge.check(input, at: SequenceNumber(1))
        }
        #expect(judge.accepted + judge.refused == 400_000)
        #expect(judge.failures == [])
    }

    private static func mutate(_ bytes: inout [UInt8], using generator: inout SeededGenerator) {
        switch generator.index(below: 8) {
        case 0: bytes.removeLast(generator.index(below: bytes.count + 1))
        case 1: bytes.append(UInt8(truncatingIfNeeded: generator.next()))
        case 2: bytes.remove(at: generator.index(below: bytes.count))
        case 3: bytes.insert(0, at: generator.index(below: bytes.count))
        case 4: bytes[generator.index(below: min(8, bytes.count))] &+= 1
        default:
            for _ in 0...generator.index(below: 2) {
                let bit = UInt8(1) << UInt8(generator.index(below: 8))
                bytes[generator.index(below: bytes.count)] ^= bit
            }
        }
    }
}

/// Counts accepted and rejected inputs, and keeps those that break the law.
struct CodecJudge {
    private(set) var accepted = 0
    private(set) var refused = 0
    private(set) var failures: [[UInt8]] = []
    private var encoded = [UInt8]()

    mutating func check(_ bytes: [UInt8], at sequence: SequenceNumber) {
        do {
            let record = try EventCodec.decode(bytes, in: 0..<bytes.count, at: sequence)
            accepted += 1
            encoded.removeAll(keepingCapacity: true)
            EventCodec.encode(record, into: &encoded)
            if encoded != bytes { failures.append(bytes) }
        } catch {
            refused += 1
            let isInside = error.offset >= 0 && error.offset <= bytes.count
            if !isInside || error.sequence != sequence { failures.append(bytes) }
        }
    }
}
