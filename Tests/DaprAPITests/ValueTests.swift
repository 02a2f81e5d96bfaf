import DaprAPI
import Jobs
import SwiftProtobuf
import TestSupport
import Testing

@Suite("Data comes out as it went in")
struct ValueTests {
    private func kept(_ json: String) throws -> String {
        let payload = WirePayload.payload(of: try WireJSON.value(of: Array(json.utf8)))
        return String(decoding: WirePayload.triggerBody(of: payload) ?? [], as: UTF8.self)
    }

    @Test(
        "characters of every plane of Unicode keep their code points, as texts and as keys",
        arguments: UInt32(0)...16)
    func scalars(plane: UInt32) throws {
        // All of the first two planes; the others in steps that meet every digit of an escape.
        let step = plane < 2 ? 1 : 251
        let scalars = stride(from: plane << 16, to: (plane + 1) << 16, by: step)
            .compactMap { Unicode.Scalar($0) }
        let escaped = scalars.map { scalar in
            String(scalar).utf16.map { unit in
                let digits = String(unit, radix: 16)
                return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            }.joined()
        }
        let expected = scalars.map { Array(String($0).utf8) }
        let texts = try WireJSON.value(
            of: Array("[\(escaped.map { "\"\($0)\"" }.joined(separator: ","))]".utf8))
        let stored = WirePayload.payload(of: texts)
        guard case .array(let elements)? = WirePayload.value(of: stored) else {
            Issue.record("plane \(plane)")
            return
        }
        let back = elements.map { element in
            if case .string(let text) = element { Array(text.utf8) } else { [UInt8]() }
        }
        #expect(back == expected, "plane \(plane)")
        let read = try Google_Protobuf_Value(serializedBytes: stored.value)
        #expect(read.listValue.values.map { Array($0.stringValue.utf8) } == expected)
        // As keys: none is taken for another one, though some look alike.
        let members = escaped.map { "\"\($0)\":1" }.joined(separator: ",")
        let object = try WireJSON.value(of: Array("{\(members)}".utf8))
        let keys = WirePayload.value(of: WirePayload.payload(of: object))?.members ?? []
        #expect(Set(keys.map { Array($0.key.utf8) }) == Set(expected))
        #expect(keys.count == expected.count)
    }

    @Test("keys that look alike are different keys, over JSON and in bytes of protobuf")
    func alike() throws {
        let json = "{\"e\u{301}\":1,\"\u{E9}\":2}"
        #expect(Array(try kept(json).utf8) == Array(json.utf8))
    }

    @Test(
        "numbers stay the same doubles",
        arguments: [
            "0", "-0", "1", "-1", "0.1", "5e-324", "1.7976931348623157e308", "9007199254740993",
            "123456789012345678", "-9223372036854775808", "18446744073709551616", "1e22", "1E+2",
            "0.30000000000000004", "2.2250738585072014e-308",
        ])
    func numbers(text: String) throws {
        let back = try kept(text)
        #expect(Double(back)?.bitPattern == Double(text)?.bitPattern, "\(back)")
    }

    @Test(
        "what is not JSON is refused, and the place is named",
        arguments: [
            ("", 1), ("{", 2), ("[1,]", 4), (#"{"a":1,}"#, 8), ("01", 2), ("+1", 1), (".5", 1),
            ("1.", 3), ("1e", 3), ("nul", 4), ("NaN", 1), ("[1 2]", 4), (#"{"a" 1}"#, 6),
            (#""\x""#, 3), (#""\u12g4""#, 6), (#""\ud842""#, 2), (#""\ud842\u0041""#, 2),
            (#""\udfb7""#, 2), ("\"a\nb\"", 3), ("\"a", 3), ("1 1", 3), ("1e999", 1), ("'a'", 1),
            ("\u{FEFF}1", 1), ("{1:2}", 2),
        ])
    func faults(text: String, place: Int) {
        do throws(WireError) {
            _ = try WireJSON.value(of: Array(text.utf8))
            Issue.record("accepted")
        } catch {
            #expect("\(error)".contains("byte \(place)"), "\(error)")
        }
    }

    @Test("equal keys, invalid UTF-8 and nesting beyond the limit are refused")
    func limits() throws {
        let deepest = String(repeating: "[", count: 100) + String(repeating: "]", count: 100)
        #expect(try kept(deepest) == deepest)
        for bad in [
            Array("[\(deepest)]".utf8), Array(#"{"a":1,"\u0061":2}"#.utf8), [0x22, 0xFF, 0x22],
            Array(#"{"a":{"b":1,"c":2,"b":3}}"#.utf8),
        ] {
            #expect(throws: WireError.self) { try WireJSON.value(of: bad) }
        }
    }

    @Test("bytes are those of SwiftProtobuf, and are read as SwiftProtobuf reads them")
    func oracle() throws {
        var random = Seed.generator(for: "ValueTests.oracle")
        for _ in 0..<2_000 {
            let value = randomValue(depth: 4, using: &random)
            var options = BinaryEncodingOptions()
            options.useDeterministicOrdering = true
            let bytes: [UInt8] = try value.serializedBytes(options: options)
            let read = try #require(
                WirePayload.value(of: Payload(typeURL: WirePayload.valueType, value: bytes)))
            #expect(WirePayload.payload(of: read).value == bytes)
        }
    }

    @Test(
        "parts of one object are joined, the last of equal keys counts, unknown fields are skipped")
    func merging() throws {
        func entry(_ key: String, _ value: [UInt8]) -> [UInt8] {
            let inner =
                [0x0A, UInt8(key.utf8.count)] + key.utf8 + [0x12, UInt8(value.count)] + value
            return [0x0A, UInt8(inner.count)] + inner
        }
        func object(_ entries: [UInt8]) -> [UInt8] { [0x2A, UInt8(entries.count)] + entries }
        let (yes, no): ([UInt8], [UInt8]) = ([0x20, 1], [0x20, 0])
        let bytes =
            object(entry("a", yes) + entry("b", yes)) + [0x78, 5] + object(entry("a", no))
        let read = WirePayload.value(of: Payload(typeURL: WirePayload.valueType, value: bytes))
        let oracle = try Google_Protobuf_Value(serializedBytes: bytes).structValue
        let json = #"{"a":false,"b":true}"#
        #expect(read.map { String(decoding: JSONText($0).bytes, as: UTF8.self) } == json)
        #expect(try Google_Protobuf_Struct(jsonString: json) == oracle)
        for broken: [UInt8] in [
            [0x2A], [0x2A, 5, 1], [0x11, 0], [0x1A, 1, 0xFF], [0x23], [0x00], [],
        ] {
            let payload = Payload(typeURL: WirePayload.valueType, value: broken)
            #expect(WirePayload.value(of: payload) == nil)
        }
    }

    private func randomValue(
        depth: Int, using random: inout some RandomNumberGenerator
    ) -> Google_Protobuf_Value {
        switch Int.random(in: 0..<(depth == 0 ? 4 : 6), using: &random) {
        case 0: return .with { $0.nullValue = .nullValue }
        case 1: return .with { $0.boolValue = Bool.random(using: &random) }
        case 2: return .with { $0.numberValue = Double(Int.random(in: -9...9, using: &random)) / 8 }
        case 3:
            return .with {
                $0.stringValue = String(
                    repeating: "xé", count: Int.random(in: 0...70, using: &random))
            }
        case 4:
            let count = Int.random(in: 0...4, using: &random)
            let values = (0..<count).map { _ in randomValue(depth: depth - 1, using: &random) }
            return .with { $0.listValue.values = values }
        default:
            var object = Google_Protobuf_Struct()
            for key in 0..<Int.random(in: 0...4, using: &random) {
                object.fields["k\(key)"] = randomValue(depth: depth - 1, using: &random)
            }
            return .with { $0.structValue = object }
        }
    }
}
