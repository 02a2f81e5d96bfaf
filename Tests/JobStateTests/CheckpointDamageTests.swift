import EventLog
import JobState
import Jobs
import TestSupport
import Testing

@Suite("A damaged checkpoint") struct CheckpointDamageTests {
    private static let whole = SampleState.projection.checkpoint()

    /// The byte at which it was found; `nil` for errors without one.
    private func place(_ error: CheckpointError?) -> Int? {
        switch error {
        case .damaged(let place, _): place
        case .unknownFormat, .anotherLog, nil: nil
        }
    }

    @Test("cut off at any byte, it ends there too early") func truncation() {
        let whole = Self.whole
        for count in 0..<whole.count {
            #expect(place(Checkpoints.refusal(of: Array(whole[..<count]))) == count)
        }
    }

    @Test("with a byte more it is refused at that byte") func longer() {
        let longer = Self.whole + [0]
        for size in [nil, 1, 1_000] {
            let refusal = Checkpoints.refusal(of: longer, inPiecesOf: size)
            #expect(place(refusal) == Self.whole.count)
        }
    }

    @Test("any changed byte is found, in the bytes or by the digest") func everyByte() {
        var generator = SeededGenerator(seed: Seed.any(for: "changed bytes of a checkpoint"))
        var bytes = Self.whole
        for index in bytes.indices {
            let byte = bytes[index]
            bytes[index] ^= UInt8(1 + generator.index(below: 255))
            #expect(Checkpoints.refusal(of: bytes) != nil, "byte \(index)")
            bytes[index] = byte
        }
        #expect(Checkpoints.refusal(of: bytes) == nil)
    }

    @Test("random changes are found, in pieces of any size") func mutations() {
        let seed = Seed.any(for: "mutations of a checkpoint")
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<2_000 {
            let bytes = Self.mutated(using: &generator)
            if bytes == Self.whole { continue }
            let size = generator.chance(oneIn: 2) ? nil : 1 + generator.index(below: 700)
            #expect(Checkpoints.refusal(of: bytes, inPiecesOf: size) != nil, "seed \(seed)")
        }
    }

    @Test("with a digest made to fit it is refused, or is a state that goes on")
    func resealed() throws {
        let seed = Seed.any(for: "resealed mutations of a checkpoint")
        var generator = SeededGenerator(seed: seed)
        var accepted = 0
        for _ in 0..<4_000 {
            let bytes = Checkpoints.resealed(Self.mutated(using: &generator))
            guard let read = try? Checkpoints.read(bytes).projection, read.head != .zero else {
                continue
            }
            accepted += 1
            let again = try Checkpoints.read(read.checkpoint()).projection
            #expect(again.isSameState(as: read), "seed \(seed)")
            #expect(again.dueOrder() == read.dueOrder(), "seed \(seed)")
        }
        // Times, ticks and fingerprints can be anything.
        #expect(accepted > 100)
    }

    /// The intact checkpoint with a few changes: bytes, words, cuts and repetitions.
    private static func mutated(using generator: inout SeededGenerator) -> [UInt8] {
        var bytes = whole
        for _ in 0...generator.index(below: 3) {
            let place = generator.index(below: bytes.count)
            let end = min(bytes.count, place + 1 + generator.index(below: 100))
            switch generator.index(below: 8) {
            case 0: bytes.removeSubrange(place..<end)
            case 1: bytes.insert(contentsOf: bytes[place..<end], at: place)
            case 2: for index in place..<min(end, place + 8) { bytes[index] = 0xFF }
            case 3: for index in place..<min(end, place + 8) { bytes[index] = 0 }
            case 4: bytes[place] = bytes[place] &+ 1
            default: bytes[place] = UInt8(generator.index(below: 256))
            }
        }
        return bytes
    }

    @Test("after a refusal every further call is refused in the same words") func afterRefusal()
        throws
    {
        var reader = CheckpointReader(of: Checkpoints.log)
        let refusal = try #require(throws: CheckpointError.self) {
            try reader.read([UInt8](repeating: 1, count: 12))
        }
        #expect(place(refusal) == 0)
        for bytes in [[1], Self.whole] {
            #expect(throws: refusal) { try reader.read(bytes) }
            #expect(throws: refusal) { _ = try reader.finish() }
        }
    }
}

@Suite("A checkpoint that cannot be used here") struct ForeignCheckpointTests {
    @Test("one of another log is told from a damaged one, and names its log") func anotherLog() {
        let bytes = SampleState.projection.checkpoint(log: Checkpoints.anotherLog)
        #expect(Checkpoints.refusal(of: bytes) == .anotherLog(Checkpoints.anotherLog))
        // Only an intact one can be of another log: here a bit of the identity has flipped.
        var flipped = SampleState.projection.checkpoint()
        flipped[16] ^= 1
        guard case .damaged = Checkpoints.refusal(of: flipped) else {
            Issue.record("a flipped bit is taken for another log")
            return
        }
    }

    @Test(
        "one of another format is told from a damaged one",
        arguments: [0, 1, 2, 3, 4, 5, 7, UInt32.max])
    func anotherFormat(_ format: UInt32) {
        var checkpoint = HandMadeCheckpoint.truthful
        checkpoint.format = format
        #expect(Checkpoints.refusal(of: checkpoint.bytes) == .unknownFormat(format))
        // Whatever follows may be anything.
        let beginning = Array(checkpoint.bytes[..<12])
        #expect(Checkpoints.refusal(of: beginning, inPiecesOf: 5) == .unknownFormat(format))
    }

    @Test("refusals can be read") func descriptions() {
        let log = CheckpointError.anotherLog(Checkpoints.anotherLog)
        #expect("\(log)" == "it belongs to the log 0102030405060708090a0b0c0d0e0f10")
        let damage = CheckpointError.damaged(at: 12, reason: "so it is")
        #expect("\(damage)" == "byte 12: so it is")
        let format = CheckpointError.unknownFormat(7)
        #expect("\(format)" == "format 7 is unknown; this program writes 6")
    }
}
