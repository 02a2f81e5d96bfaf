// The bytes written by earlier versions, kept in Golden/format-0.txt: one name and its hexadecimal
// digits per line.

import EventLog
import Foundation
import Jobs
import Testing

@Suite("Golden bytes of events")
struct EventGoldenTests {
    private static func golden() throws -> [String: [UInt8]] {
        var golden = [String: [UInt8]]()
        for line in try TestFile.lines(of: "Golden/format-0.txt") {
            let parts = line.split(separator: " ")
            let digits = Array(try #require(parts.last).utf8)
            golden[String(parts[0])] = try stride(from: 0, to: digits.count, by: 2).map { start in
                let pair = String(decoding: digits[start..<(start + 2)], as: UTF8.self)
                return try #require(UInt8(pair, radix: 16))
            }
        }
        return golden
    }

    @Test("every shape of event is encoded as it was when its golden bytes were written")
    func encoding() throws {
        let golden = try Self.golden()
        #expect(golden.keys.sorted() == SampleEvents.all.map(\.name).sorted())
        for (name, record) in SampleEvents.all {
            #expect(record.encoded == golden[name], "\(name) \(Self.hex(record.encoded))")
        }
    }

    @Test("golden bytes still decode")
    func decoding() throws {
        let golden = try Self.golden()
        for (name, record) in SampleEvents.all {
            let bytes = try #require(golden[name])
            #expect(try EventCodec.decode(bytes, at: record.sequence) == record)
        }
    }

    @Test("there are golden bytes of every kind")
    func everyKind() throws {
        let kinds = Set(try Self.golden().values.compactMap(\.first))
        #expect(kinds == Set(1...16).union(24...26))
    }

    private static func hex(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
