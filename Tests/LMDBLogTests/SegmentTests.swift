import EventLog
import Foundation
import LMDBLog
import TestSupport
import Testing

@Suite("Segments: one log in several files")
struct SegmentTests {
    @Test("what is cut anywhere reads as one log, with one chain of digests", arguments: 1...10)
    func cutAnywhere(_: Int) throws {
        let place = try Place()
        var random = Seed.generator(for: "cutAnywhere")
        let counts = (0..<30).map { _ in Int.random(in: 1...40, using: &random) }
        var head = SequenceNumber.zero
        for turn in Sample.turns(counts) {
            // A process that begins a segment or does not.
            let options = LMDBOptions.small.with(
                segmentBytes: Bool.random(using: &random) ? 0 : 1 << 30)
            var log = try LMDBLog(directory: place.data, options: options)
            head = try log.append(turn, after: head).last
        }
        #expect(try place.names(in: place.data + "/log").count > 5)
        let reader = try LMDBReader(directory: place.data, options: .small)
        let contents = try Contents(of: reader)
        #expect(contents.page.records == Sample.joined(Sample.turns(counts)))
        for limit in [1, 7, 100] {
            let page = try Sample.everything(in: reader, pageSize: limit)
            #expect(page == contents.page)
        }
        let last = try #require(contents.page.seals.last)
        #expect(try reader.head() == last)
        #expect(try reader.seals(after: .zero, limit: 1_000) == contents.page.seals)
        for sequence in stride(from: 1, through: head.rawValue, by: 7) {
            let expected = contents.page.seals.last { $0.last.rawValue <= sequence }
            #expect(
                try reader.seal(endingBy: SequenceNumber(sequence))
                    == expected ?? .genesis(of: reader.identity))
        }
    }

    @Test("a segment ends when it is as large, or its begin as long ago, as the options say")
    func due() throws {
        let place = try Place()
        var options = LMDBOptions.small.with(segmentBytes: 200 << 10)
        options.segmentAge = .seconds(1_000_000_000_000)
        var log = try LMDBLog(directory: place.data, options: options)
        try Sample.append(Sample.turns([Int](repeating: 500, count: 20)), to: &log)
        let bySize = try place.names(in: place.data + "/log").count
        #expect((3...12).contains(bySize))
        _ = consume log
        options.segmentAge = .seconds(3600)
        log = try LMDBLog(directory: place.data, options: options.with(segmentBytes: 1 << 30))
        let created = log.created
        for hours in [0, 0, 0, 1, 1, 1, 3] {
            let head = try log.head().last
            var turn = Sample.turn(first: head.next, records: 1)
            let time = created.clampedAdding(nanoseconds: Int64(hours) * 3_600_000_000_001)
            turn = Turn(records: turn.records, time: time, decidedThrough: time)
            _ = try log.append(turn, after: head)
        }
        // The first of them, as Sample's turns are of 1970; then one in the second hour, one in the
        // fourth.
        #expect(try place.names(in: place.data + "/log").count == bySize + 3)
        _ = try Contents(of: log)
    }

    @Test("readers of the process and of others go on over a rotation, and see what came after it")
    func readersGoOn() throws {
        let place = try Place()
        var log = try LMDBLog(directory: place.data, options: .oneTurnSegments)
        try Sample.append(Sample.turns([3]), to: &log)
        let side = log.sideReader()
        // LMDB opens a file once in a process, so another process has to look.
        #expect(try Contents(of: side).page.records.count == 3)
        for _ in 0..<40 {
            let head = try log.head().last
            _ = try log.append(Sample.turn(first: head.next, records: 2), after: head)
            #expect(try side.head() == log.head())
        }
        #expect(try Contents(of: side).page.records.count == 83)
        #expect(try side.read(after: SequenceNumber(2), limit: 4).records.count == 4)
    }

    @Test("a reader that was there before finds the segments that another process has begun")
    func followed() async throws {
        let place = try Place()
        try place.fill([3, 2], .oneTurnSegments)
        let reader = try LMDBReader(directory: place.data, options: .small)
        #expect(try reader.head().last == SequenceNumber(5))
        let data = place.data
        await #expect(processExitsWith: .success) { [data = data as String] in
            var log = try LMDBLog(directory: data, options: .oneTurnSegments)
            for _ in 0..<5 {
                let head = try log.head().last
                _ = try log.append(Sample.turn(first: head.next, records: 2), after: head)
            }
        }
        #expect(try reader.head().last == SequenceNumber(15))
        #expect(reader.segmentCount == 7)
        #expect(try Contents(of: reader).page.records.count == 15)
    }

    @Test("where no segment can be made the log goes on in the one it has, until one can")
    func cannotBeMade() throws {
        let place = try Place()
        var options = LMDBOptions.oneTurnSegments
        options.rotationRetry = .zero
        var log = try LMDBLog(directory: place.data, options: options)
        try Sample.append(Sample.turns([1]), to: &log)
        // A file stands where the directory is to be made.
        let obstacle = place.segment(2) + ".new"
        try Data().write(to: URL(fileURLWithPath: obstacle))
        for _ in 0..<3 {
            let head = try log.head().last
            _ = try log.append(Sample.turn(first: head.next, records: 1), after: head)
        }
        #expect(log.rotationFailure != nil)
        #expect(try place.names(in: place.data + "/log").count == 2)
        try FileManager.default.removeItem(atPath: obstacle)
        let head = try log.head().last
        _ = try log.append(Sample.turn(first: head.next, records: 1), after: head)
        #expect(log.rotationFailure == nil)
        #expect(try place.names(in: place.segment(5)) == ["data.mdb", "lock.mdb"])
        _ = try Contents(of: log)
    }

    @Test(
        "killed anywhere in a rotation, the log is as it was and goes on",
        arguments: [
            "segment-made", "environment-made", "identity-stored", "segment-synced",
            "segment-named", "segment-durable", "append-begun", "record-put", "seal-put",
        ])
    func killed(at failpoint: String) async throws {
        let place = try Place()
        try place.fill([2])
        let data = place.data
        await #expect(processExitsWith: .signal(SIGKILL)) {
            [data = data as String, failpoint = failpoint as String] in
            setenv("DAYBOOK_FAILPOINT", failpoint, 1)
            var log = try LMDBLog(directory: data, options: .oneTurnSegments)
            let head = try log.head().last
            _ = try log.append(Sample.turn(first: head.next, records: 3), after: head)
        }
        let reader = try LMDBReader(directory: data, options: .small)
        #expect(try Contents(of: reader).page.records.count == 2)
        _ = consume reader
        for _ in 0..<2 {
            var log = try LMDBLog(directory: data, options: .oneTurnSegments)
            let head = try log.head().last
            _ = try log.append(Sample.turn(first: head.next, records: 3), after: head)
            _ = try Contents(of: log)
        }
        #expect(try place.names(in: data + "/log").allSatisfy { !$0.hasSuffix(".new") })
    }

    @Test("a copy is one segment, with the same digests")
    func copied() throws {
        let place = try Place()
        try place.fill([3, 1, 4, 1, 5], .oneTurnSegments)
        let reader = try LMDBReader(directory: place.data, options: .small)
        let written = try Contents(of: reader)
        let target = place.path + "/copy"
        try reader.copy(to: target, through: reader.head(), options: .small) { _ throws(LogError) in
        }
        let copy = try LMDBReader(directory: target, options: .small)
        #expect(try Contents(of: copy) == written)
        #expect(copy.segmentCount == 1)
    }
}
