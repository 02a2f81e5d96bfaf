import Archives
import EventLog
import Foundation
import LMDBLog
import TestSupport
import Testing

@Suite("An archive holds what a segment held")
struct ArchiveTests {
    /// Writes all sealed segments into files.
    private static func archive(_ place: SimulatedLog) throws -> [ArchivedSegment] {
        try FileManager.default.createDirectory(
            atPath: place.archive, withIntermediateDirectories: true)
        let log = try LMDBReader(directory: place.data, options: SimulatedLog.options)
        var previous = log.origin()
        var files: [ArchivedSegment] = []
        for segment in log.sealedSegments {
            let header = ArchiveHeader(
                identity: log.identity, created: log.created, previous: previous,
                end: segment.end, hasBase: false)
            files.append(
                try ArchiveWriter.write(header, base: nil, into: place.archive) {
                    last, end, bytes throws(LogError) in
                    try log.turns(after: last, through: end, bytes: bytes)
                })
            previous = segment.end
        }
        return files
    }

    @Test("restored, and with what is kept behind it, it is the log: records, payloads, seals")
    func restored() throws {
        let place = try SimulatedLog(seed: 11)
        let files = try Self.archive(place)
        #expect(files.count > 2)
        // Written once more it is the same, and nothing else is left there.
        #expect(try Self.archive(place) == files)
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: place.archive).sorted()
                == files.map(\.name))
        let target = place.path + "/restored"
        let end = try SegmentArchive(in: place.archive).restore(to: target, linking: place.data)
        let log = try LMDBReader(directory: target, options: SimulatedLog.options)
        let whole = try LMDBReader(directory: place.whole, options: SimulatedLog.options)
        #expect(try log.head() == whole.head() && log.identity == whole.identity)
        #expect(end.last < (try log.head()).last)
        var last = SequenceNumber.zero
        while true {
            let (page, expected) = (
                try log.read(after: last, limit: 500), try whole.read(after: last, limit: 500)
            )
            #expect(page == expected)
            if page.records.isEmpty { break }
            for index in 0..<page.records.count {
                let sequence = page.records.sequence(at: index)
                let (payload, before) = (
                    try log.payload(of: sequence), try whole.payload(of: sequence)
                )
                #expect(payload == before)
            }
            last = page.records.last
        }
    }

    @Test("every flipped bit and every shorter file is found")
    func damage() throws {
        let place = try SimulatedLog(seed: 12)
        let files = try Self.archive(place)
        let path = "\(place.archive)/\(files[0].name)"
        let whole = Array(try Data(contentsOf: URL(filePath: path)))
        #expect(whole.count == files[0].bytes)
        func isRead(_ bytes: [UInt8]) throws -> Bool {
            try Data(bytes).write(to: URL(filePath: path))
            do {
                try ArchiveReader(at: path).read { _, _ in }
                return true
            } catch {
                guard case .damaged = error else { throw error }
                return false
            }
        }
        #expect(try isRead(whole))
        var random = Seed.generator(for: "archive damage")
        let isLong = ProcessInfo.processInfo.environment["DAYBOOK_LONG_TESTS"] != nil
        for _ in 0..<(isLong ? 3_000 : 300) {
            var altered = whole
            altered[random.index(below: whole.count)] ^= 1 << UInt8(random.index(below: 8))
            #expect(try !isRead(altered))
        }
        for _ in 0..<100 {
            #expect(try !isRead(Array(whole[..<random.index(below: whole.count)])))
        }
        #expect(try !isRead(whole + [0]))
    }

    @Test("a file that is missing, or another under its name, is named")
    func wrongFiles() throws {
        let place = try SimulatedLog(seed: 13)
        let files = try Self.archive(place)
        let middle = "\(place.archive)/\(files[1].name)"
        try Data([1]).write(to: URL(filePath: middle))
        #expect(throws: LogError.cannotOpen("\(middle) is there already, and is another file")) {
            _ = try Self.archive(place)
        }
        try FileManager.default.removeItem(atPath: middle)
        let after = "\(place.archive)/\(files[2].name)"
        let before = "\(place.archive)/\(files[0].name)"
        #expect {
            _ = try SegmentArchive(in: place.archive)
        } throws: { error in
            "\(error)".hasSuffix("\(after) does not continue \(before)")
        }
        #expect(throws: LogError.self) { _ = try SegmentArchive(in: place.path + "/none") }
    }
}
