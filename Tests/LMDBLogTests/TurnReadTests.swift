import EventLog
import Foundation
import LMDBLog
import TestSupport
import Testing

@Suite("Reading whole turns")
struct TurnReadTests {
    @Test(
        "pages of any size join to the same turns, payloads and seals",
        arguments: [0, 1, 2_000, 50_000])
    func pages(bytes: Int) throws {
        let place = try Place()
        let turns = try place.fillWithPayloads()
        let reader = try LMDBReader(directory: place.data, options: .small)
        let head = try reader.head()
        var last = Seal.genesis(of: reader.identity)
        var found: [SealedTurn] = []
        var pages = 0
        while last != head {
            let page = try reader.turns(after: last, through: head.last, bytes: bytes)
            #expect(page.failure == nil)
            found += page.turns
            last = try #require(found.last).seal
            pages += 1
        }
        #expect(found.map(\.turn) == turns)
        #expect(found.map(\.seal) == (try Contents(of: reader).page.seals))
        if bytes < 2 { #expect(pages == turns.count) } else { #expect(pages < turns.count) }
        #expect(try reader.turns(after: head, through: head.last, bytes: bytes).turns.isEmpty)
    }

    @Test("they end where they are asked to")
    func through() throws {
        let place = try Place()
        let seals = try place.fill([3, 1, 2])
        let reader = try LMDBReader(directory: place.data, options: .small)
        let page = try reader.turns(
            after: .genesis(of: reader.identity), through: SequenceNumber(4), bytes: 1 << 20)
        #expect(page.turns.map(\.seal) == Array(seals[..<2]))
        let inside = try reader.turns(
            after: .genesis(of: reader.identity), through: SequenceNumber(5), bytes: 1 << 20)
        #expect(inside.turns.count == 2)
        #expect(
            inside.failure
                == .damaged(at: SequenceNumber(5), detail: "no turn ends there any more"))
    }

    @Test("seals alone are read from any record on, as many as are asked for")
    func seals() throws {
        let place = try Place()
        let seals = try place.fill([3, 1, 2])
        let reader = try LMDBReader(directory: place.data, options: .small)
        for (last, count) in [(0, 3), (2, 3), (3, 2), (4, 1), (5, 1), (6, 0), (99, 0)] {
            for limit in 0...4 {
                #expect(
                    try reader.seals(after: SequenceNumber(UInt64(last)), limit: limit)
                        == Array(seals.suffix(count).prefix(limit)))
            }
        }
    }

    @Test("the last turn that had ended by any record is found")
    func ended() throws {
        let place = try Place()
        let seals = try place.fill([3, 1, 2])
        let reader = try LMDBReader(directory: place.data, options: .small)
        let genesis = Seal.genesis(of: reader.identity)
        let expected = [
            genesis, genesis, genesis, seals[0], seals[1], seals[1], seals[2], seals[2],
        ]
        for (sequence, seal) in expected.enumerated() {
            #expect(try reader.seal(endingBy: SequenceNumber(UInt64(sequence))) == seal)
        }
        #expect(try reader.seal(endingBy: SequenceNumber(.max)) == seals[2])
    }

    @Test("an empty log has none")
    func empty() throws {
        let place = try Place()
        try place.fill([])
        let reader = try LMDBReader(directory: place.data, options: .small)
        let genesis = Seal.genesis(of: reader.identity)
        #expect(try reader.seal(endingBy: SequenceNumber(7)) == genesis)
        #expect(try reader.turns(after: genesis, through: .zero, bytes: 1).turns.isEmpty)
        #expect(try reader.payloadBehindHead() == nil)
    }

    @Test("a payload behind the head is noticed")
    func payloadBehindHead() throws {
        let place = try Place()
        try place.fillWithPayloads()
        do {
            let reader = try LMDBReader(directory: place.data, options: .small)
            #expect(try reader.payloadBehindHead() == nil)
        }
        try Forgery.make(in: place.segment) { forgery in
            try forgery.put("payloads", SequenceNumber(5_000), [1, 2])
        }
        let reader = try LMDBReader(directory: place.data, options: .small)
        #expect(try reader.payloadBehindHead() == SequenceNumber(5_000))
    }

    @Test("what is read before damage is kept, and the damage is named")
    func damage() throws {
        let place = try Place()
        let seals = try place.fill([2, 2, 2])
        try Forgery.make(in: place.segment) { forgery in
            let record = try forgery.contents("events", SequenceNumber(4))
            try forgery.put("events", SequenceNumber(4), record, isSound: false)
        }
        let reader = try LMDBReader(directory: place.data, options: .small)
        let page = try reader.turns(
            after: .genesis(of: reader.identity), through: SequenceNumber(6), bytes: 1 << 20)
        #expect(page.turns.map(\.seal) == [seals[0]])
        #expect(
            page.failure
                == .damaged(
                    at: SequenceNumber(4), detail: "the record's checksum does not fit"))
    }
}

extension Place {
    /// A log of 60 turns, every third with a payload, and its turns.
    @discardableResult
    func fillWithPayloads() throws -> [Turn] {
        var log = try LMDBLog(directory: data, options: .small)
        var turns = Sample.turns((0..<60).map { 1 + $0 % 7 })
        for index in turns.indices where index % 3 == 0 {
            let bytes = [UInt8](repeating: UInt8(index), count: index * 100)
            turns[index].payloads = [
                Turn.Payload(generation: turns[index].records.last, bytes: bytes)
            ]
        }
        try Sample.append(turns, to: &log)
        return turns
    }
}
