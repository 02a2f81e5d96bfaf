import EventLog
import Foundation
import LMDBLog
import TestSupport
import Testing

@Suite("A damaged data file is found before it is believed")
struct DamageTests {
    @Test("a file cut at any page, even to nothing, is damage: nothing acknowledged is forgotten")
    func truncated() throws {
        let place = try Place()
        try place.fill([3, 50, 1, 20, 2])
        let whole = try place.bytes()
        for size in Array(stride(from: 0, to: whole.count, by: 4096)) + [whole.count - 1, 100] {
            try place.truncate(to: size)
            #expect(place.isDamaged, "cut to \(size) of \(whole.count) bytes")
            try place.write(whole)
        }
        #expect(!place.isDamaged)
    }

    @Test("either meta page zeroed is damage, also the newer, behind which LMDB shows an older log")
    func zeroedMeta() throws {
        let place = try Place()
        for turn in 0..<4 {
            // Odd and even transactions: either page is the newer one in turn.
            var log = try LMDBLog(directory: place.data, options: .small)
            let head = try log.head().last
            _ = try log.append(Sample.turn(first: head.next, records: turn + 1), after: head)
            _ = consume log
            let whole = try place.bytes()
            for page in 0..<2 {
                try place.write([UInt8](repeating: 0, count: 4096), at: page * 4096)
                #expect(place.isDamaged, "meta page \(page) after turn \(turn)")
                try place.write(whole)
            }
        }
    }

    @Test("a file that is not LMDB's is refused with one clear line")
    func foreign() throws {
        let place = try Place()
        try place.fill([1])
        try place.write(
            Array("this is a shopping list, not a log\n".utf8) + [UInt8](repeating: 32, count: 300))
        let error = failure { () throws(LogError) in
            try LMDBLog(directory: place.data, options: .small)
        }
        #expect(
            error
                == .damaged(
                    at: nil, detail: "meta page 0 of \(place.dataFile) is not LMDB's"))
    }

    @Test("a flipped bit in a record, a seal or a payload is named where it is")
    func valueBytes() throws {
        let place = try Place()
        var turns = Sample.turns([1, 1, 1])
        let marks: [[UInt8]] = [1, 2, 3].map { mark in
            (0..<40).map { UInt8(truncatingIfNeeded: mark &* 77 &+ $0 &* 13) }
        }
        turns[1].records = RecordBatch(first: SequenceNumber(2))
        turns[1].records.append { $0 += marks[0] }
        turns[1].payloads = [Turn.Payload(generation: SequenceNumber(2), bytes: marks[1])]
        var log = try LMDBLog(directory: place.data, options: .small)
        let seals = try Sample.append(turns, to: &log)
        _ = consume log
        let whole = try place.bytes()
        for (what, bytes) in [
            ("record", marks[0]), ("payload", marks[1]), ("seal", seals[1].digest),
        ] {
            // Every copy: LMDB leaves those of earlier transactions in the file.
            let offsets = whole.offsets(of: bytes)
            try #require(!offsets.isEmpty, "\(what)")
            for bit in 0..<8 {
                var flipped = whole
                for offset in offsets { flipped[offset + 3 * bit] ^= 1 << bit }
                try place.write(flipped)
                let log = try LMDBLog(directory: place.data, options: .small)
                let error = failure { () throws(LogError) in
                    if what == "payload" {
                        _ = try log.payload(of: SequenceNumber(2))
                    } else {
                        _ = try log.read(after: .zero, limit: 10)
                    }
                }
                guard case .damaged(SequenceNumber(2), let detail) = error else {
                    Issue.record("\(what): \(String(describing: error))")
                    continue
                }
                #expect(detail.contains(what))
            }
        }
    }

    @Test("the file is at least as long as its meta page says, after every turn and every failure")
    func length() throws {
        let place = try Place()
        var random = SeededGenerator(seed: 11)
        for _ in 0..<40 {
            var log = try LMDBLog(directory: place.data, options: .small)
            for _ in 0..<5 {
                let head = try log.head().last
                var turn = Sample.turn(
                    first: head.next, records: .random(in: 1...60, using: &random))
                if Bool.random(using: &random) {
                    let size = Int.random(in: 0...60_000, using: &random)
                    let bytes = [UInt8](repeating: 5, count: size)
                    turn.payloads = [Turn.Payload(generation: head.next, bytes: bytes)]
                }
                _ = try log.append(turn, after: head)
            }
            _ = consume log
            #expect(!place.isDamaged)
        }
        print("seed 11, 200 turns")
    }
}

extension Place {
    /// Whether both the writer and a reader refuse the file as damaged.
    var isDamaged: Bool {
        let writer = failure { () throws(LogError) in
            try LMDBLog(directory: data, options: .small)
        }
        let reader = failure { () throws(LogError) in
            try LMDBReader(directory: data, options: .small)
        }
        guard case .damaged = writer, case .damaged = reader else {
            if writer != nil || reader != nil {
                Issue.record("\(String(describing: writer)), \(String(describing: reader))")
            }
            return false
        }
        return true
    }
}

extension [UInt8] {
    func offsets(of pattern: [UInt8]) -> [Int] {
        guard let first = pattern.first, count >= pattern.count else { return [] }
        return (0...(count - pattern.count)).filter {
            self[$0] == first && self[$0..<($0 + pattern.count)].elementsEqual(pattern)
        }
    }
}
