// Files of `dapr scheduler export`, as Go's own encoder writes them (Fixtures, made from jobs.json by
// the role `export` of Tests/Peers), and damaged ones.

import DaprExport
import EventLog
import Foundation
import Jobs
import TestSupport
import Testing

@Suite("The file that Dapr's CLI exports")
struct ExportFileTests {
    @Test("keys and values are those that Go encoded")
    func whole() throws {
        let file = try ExportFile(Fixture.bytes(of: "small.gob"))
        #expect(
            file.jobs.map { String(decoding: $0.key, as: UTF8.self) }.sorted() == [
                "dapr/jobs/actorreminder||default||Cart||17||a||wake",
                "dapr/jobs/app||default||shop||every",
            ])
        #expect(
            file.counters.map { String(decoding: $0.key, as: UTF8.self) }.sorted() == [
                "dapr/counters/app||default||shop||every",
                "dapr/counters/app||default||shop||gone",
            ])
        // The end of the partition's number, the count, and the due time of the last tick.
        let counter = try #require(
            file.counters.first { String(decoding: $0.key, as: UTF8.self).hasSuffix("every") })
        #expect(Array(counter.value.suffix(18).prefix(4)) == [1, 0x10, 3, 0x1A])
        #expect(try Fixture.file("jobs.gob").jobs.count == 22)
    }

    @Test("a scheduler without jobs has a file too")
    func empty() throws {
        let file = try ExportFile(Fixture.bytes(of: "empty.gob"))
        #expect(file.jobs.isEmpty && file.counters.isEmpty)
    }

    @Test("a file cut anywhere is refused at a place within it")
    func truncations() throws {
        for name in ["small.gob", "empty.gob"] {
            let bytes = try Fixture.bytes(of: name)
            for count in 0..<bytes.count {
                let error = #expect(throws: ExportError.self) {
                    try ExportFile(Array(bytes.prefix(count)))
                }
                #expect((0...count).contains(try #require(error).offset))
            }
        }
    }

    /// What is read still goes on to the jobs: nothing there may trap either.
    @Test("every bit flipped alone is refused at a place, or read as something else")
    func flips() throws {
        let bytes = try Fixture.bytes(of: "small.gob")
        var (read, refused) = (0, 0)
        for place in bytes.indices {
            for bit in 0..<8 {
                var flipped = bytes
                flipped[place] ^= 1 << UInt8(bit)
                do {
                    _ = Fixture.jobs(in: try ExportFile(flipped))
                    read += 1
                } catch {
                    #expect((0...bytes.count).contains(error.offset) && !error.reason.isEmpty)
                    refused += 1
                }
            }
        }
        #expect(read > 1_000 && refused > 500, "\(read) read, \(refused) refused")
    }

    @Test("bytes damaged at random, and random bytes, never trap")
    func damage() throws {
        var generator = Seed.generator(for: "damaged exports")
        let bytes = try Fixture.bytes(of: "small.gob")
        for round in 0..<20_000 {
            var input = bytes
            if round % 4 == 0 {
                input = (0..<generator.index(below: 80)).map { _ in
                    UInt8(truncatingIfNeeded: generator.next())
                }
            }
            for _ in 0...generator.index(below: 4) where !input.isEmpty {
                let place = generator.index(below: input.count)
                switch generator.index(below: 3) {
                case 0: input[place] = UInt8(truncatingIfNeeded: generator.next())
                case 1: input.remove(at: place)
                default: input.insert(contentsOf: [0xF8] + repeatElement(0xFF, count: 8), at: place)
                }
            }
            if let file = try? ExportFile(input) { _ = Fixture.jobs(in: file) }
        }
    }

    @Test(
        "what is wrong is said with its place",
        arguments: [
            ([], 0, "the file is empty"),
            ([0xFF], 1, "the bytes end within a message"),
            ([0x70, 1], 0, "a message has 112 bytes, but only 1 follow"),
            // Lengths near 2^63 and 2^64, and a number of nine bytes.
            (
                [0xF8, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], 0,
                "a message has 9223372036854775807 bytes, but only 0 follow"
            ),
            (
                [0xF8] + [UInt8](repeating: 0xFF, count: 8), 0,
                "a message has 18446744073709551615 bytes, but only 0 follow"
            ),
            ([0xF7], 0, "a message is a number of 9 bytes; at most 8 fit"),
            // A value of a type that is not defined, and one of no type.
            ([3, 0xFF, 0x82, 0], 1, "the value is no struct of Jobs and Counters"),
            ([1, 0], 1, "the value is no struct of Jobs and Counters"),
            // Types numbered 1 and 2^63, which no stream defines; a slice's type.
            ([2, 1, 0], 2, "a type cannot have the number 1"),
            ([3, 0xFF, 0x81, 0], 3, "a type is not defined"),
            ([5, 0xFF, 0x81, 2, 1, 0], 4, "a type is neither a struct nor a map"),
            ([4, 0xFF, 0x81, 0x7F, 0], 3, "a type has no field that is 127 after field -1"),
        ] as [([UInt8], Int, String)])
    func messages(bytes: [UInt8], offset: Int, reason: String) {
        let error = #expect(throws: ExportError.self) { try ExportFile(bytes) }
        #expect(error?.offset == offset)
        #expect(error?.reason == reason)
    }

    /// Behind the types that Go has defined: the struct has the number 65.
    @Test(
        "what is wrong in the value is said with its place",
        arguments: [
            ([1, 2, 1, 97, 0, 1, 97, 0, 0], 7, "a key is there a second time"),
            ([1, 1, 1, 97, 9, 0], 6, "a value has 9 bytes, but only 1 follow"),
            ([3, 0], 2, "the export has no field that is 3 after field -1"),
            ([1, 0xFC, 0xFF, 0xFF, 0xFF, 0xFF], 8, "the bytes end within a key"),
            ([1, 0, 0, 0], 5, "1 bytes follow that belong to nothing"),
        ] as [([UInt8], Int, String)])
    func values(bytes: [UInt8], offset: Int, reason: String) throws {
        let types = try Fixture.bytes(of: "small.gob").prefix(84)
        let message = [UInt8(bytes.count + 2), 0xFF, 0x82] + bytes
        let error = try #require(throws: ExportError.self) { try ExportFile(types + message) }
        #expect(error.offset == types.count + 1 + offset)
        #expect(error.reason == reason)
    }

    @Test("a field of a newer Dapr, a type defined twice and bytes behind the value are refused")
    func strange() throws {
        let bytes = try Fixture.bytes(of: "small.gob")
        let field = try #require(bytes.firstRange(of: Array("Counters".utf8)))
        var newer = bytes
        newer.replaceSubrange(field, with: Array("Visitors".utf8))
        for (input, reason) in [
            (newer, "there is a field Visitors, which is unknown here: a newer Dapr's export?"),
            (Array(bytes.prefix(49)) + bytes, "a type cannot have the number 65"),
            (bytes + [0], "1 bytes follow that belong to nothing"),
        ] {
            let error = try #require(throws: ExportError.self) { try ExportFile(input) }
            #expect(error.reason == reason)
        }
    }
}

/// A file beside the tests, and what becomes of its jobs.
enum Fixture {
    /// When the jobs are moved in.
    static let now = Timestamp(seconds: 1_796_000_000)

    static func bytes(of name: String) throws -> [UInt8] {
        let url = Bundle.module.bundleURL.appendingPathComponent("Fixtures/\(name)")
        return Array(try Data(contentsOf: url))
    }

    static func file(_ name: String) throws -> ExportFile { try ExportFile(bytes(of: name)) }

    static func jobs(in file: ExportFile) -> ExportedJobs {
        let city = ZoneRules("Test/City", footer: "EST5EDT,M3.2.0,M11.1.0")
        return ExportedJobs(in: file, named: "jobs.gob", now: now, zones: FixedZones([city]))
    }
}
