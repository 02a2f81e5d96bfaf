// An export must contain everything in an event: so each event is rebuilt from its cells and must
// have the same bytes. The golden bytes have every kind with every field.

import EventLog
import EventText
import Foundation
import Jobs
import Testing

@Suite("Events as named values")
struct EventCellsTests {
    /// The golden records, by name. They were written at this number.
    private static func golden() throws -> [(name: String, record: Record, bytes: [UInt8])] {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../JobsTests/Golden/format-0.txt")
        let text = try String(contentsOf: file, encoding: .utf8)
        return try text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map { line in
            let parts = line.split(separator: " ")
            let digits = Array(try #require(parts.last).utf8)
            let bytes = try stride(from: 0, to: digits.count, by: 2).map { start in
                let pair = String(decoding: digits[start..<(start + 2)], as: UTF8.self)
                return try #require(UInt8(pair, radix: 16))
            }
            let record = try EventCodec.decode(
                bytes, in: bytes.indices, at: SequenceNumber(0x0102))
            return (String(parts[0]), record, bytes)
        }
    }

    @Test("an event of any kind can be made from its cells again, byte for byte")
    func everything() throws {
        for (name, record, bytes) in try Self.golden() {
            let cells = EventCells(record, of: nil).cells
            var again: [UInt8] = []
            EventCodec.encode(try CellReader(cells).record(), into: &again)
            #expect(again == bytes, "\(name)")
        }
    }

    @Test("so can jobs with each choice that the golden ones do not make")
    func otherJobs() throws {
        for policy: FailurePolicy in [
            .drop, .constant(interval: nil, retriesMax: nil), .constant(interval: 0, retriesMax: 0),
        ] {
            let definition = Definition(
                id: try Self.job(), schedule: nil, dueTime: nil, ttl: nil, repeats: nil,
                failurePolicy: policy, anchor: .earliest, firstDue: nil, expiry: .latest,
                payload: nil, caller: Caller(api: .http, appID: "", peer: "=1\n\"é"))
            let record = Record(
                sequence: SequenceNumber(7), time: Timestamp(nanoseconds: -1),
                event: .updated(definition, previous: SequenceNumber(6)))
            #expect(try CellReader(EventCells(record, of: nil).cells).record() == record)
        }
    }

    @Test("cells stand in the order of the columns, none twice")
    func order() throws {
        let columns = Field.allCases.map(\.rawValue)
        for (name, record, _) in try Self.golden() {
            let payload = record.event.accepted?.payload.map { _ in
                Payload(typeURL: "type", value: [1])
            }
            let job = record.event.generation == nil ? nil : try Self.job()
            let cells = EventCells(record, of: job, payload: payload, error: "no").cells
            let places = cells.compactMap { columns.firstIndex(of: $0.name) }
            #expect(places == Set(places).sorted() && places.count == cells.count, "\(name)")
        }
    }

    @Test("every field is one of some golden event, of a payload or of a prefix")
    func fields() throws {
        var names: Set = [
            "payloadType", "payload", "error", "appPrefix", "actorTypePrefix", "actorIDPrefix",
            "namePrefix",
        ]
        for (_, record, _) in try Self.golden() {
            names.formUnion(EventCells(record, of: nil).cells.map(\.name))
        }
        #expect(names == Set(Field.allCases.map(\.rawValue)))
    }

    @Test("an event that names only a generation is told with the job of it")
    func owner() throws {
        let record = Record(
            sequence: SequenceNumber(9), time: Timestamp(seconds: 0),
            event: .deleted(
                Deletion(
                    generation: SequenceNumber(3), previous: SequenceNumber(8), reason: .expired)))
        var line: [UInt8] = []
        JSONLine.append(EventCells(record, of: try Self.job()).cells, to: &line)
        #expect(
            String(decoding: line, as: UTF8.self)
                == #"{"sequence":9,"time":"1970-01-01T00:00:00Z","kind":"deleted","namespace":"n","#
                + #""app":"shop","name":"report","generation":3,"previous":8,"reason":"expired"}"#)
    }

    @Test("a prefix is told in words where it ends")
    func prefixes() throws {
        let prefixes = [
            ("an\0shop\0re", ["namespace=n", "app=shop", "namePrefix=re"]),
            ("an\0sh", ["namespace=n", "appPrefix=sh"]),
            ("rn\0Cart\0", ["namespace=n", "actorType=Cart", "actorIDPrefix="]),
            ("rn\0Cart\017\0re", ["namespace=n", "actorType=Cart", "actorID=17", "namePrefix=re"]),
            ("an\0", ["namespace=n", "appPrefix="]),
            ("rn\0", ["namespace=n", "actorTypePrefix="]),
            ("rn\0Cart", ["namespace=n", "actorTypePrefix=Cart"]),
            ("an", []), ("rn", []), ("xn\0shop\0re", []), ("an\0shop\0re\0x", []), ("", []),
        ]
        for (prefix, expected) in prefixes {
            let deletion = PrefixDeletion(
                keyPrefix: Array(prefix.utf8), count: 1,
                caller: Caller(api: .http, appID: "", peer: ""))
            let record = Record(
                sequence: SequenceNumber(1), time: Timestamp(seconds: 0),
                event: .deletedByPrefix(deletion))
            let parts = EventCells(record, of: nil).cells.prefix { $0.name != "count" }.dropFirst(3)
            #expect(
                parts.map { cell in
                    guard case .text(let text) = cell.value else { return cell.name }
                    return "\(cell.name)=\(text)"
                } == expected)
        }
    }

    @Test("the documentation names the kinds and the fields, and no others")
    func documentation() throws {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../Sources/EventText/EventText.docc/Fields.md")
        let text = try String(contentsOf: file, encoding: .utf8)
        let named = text.split(separator: "\n").filter { $0.hasPrefix("| `") }.flatMap { line in
            line.split(separator: "|")[0].matches(of: /`(\w+)`/).map { String($0.output.1) }
        }
        #expect(named.sorted() == Field.allCases.map(\.rawValue).sorted())
        for (name, record, _) in try Self.golden() {
            #expect(text.contains(" `\(record.event.kind.name)`"), "\(name)")
        }
    }

    private static func job() throws -> JobID {
        try JobID(namespace: "n", target: .app("shop"), name: "report")
    }
}
