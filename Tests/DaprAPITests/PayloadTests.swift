import DaprAPI
import Jobs
import SwiftProtobuf
import Testing

@Suite("What a job carries")
struct PayloadTests {
    @Test(
        "any JSON value reaches the app as the same value",
        arguments: [
            (#""someData""#, #""someData""#), (#""\"xyz\"""#, #""\"xyz\"""#), ("123", "123"),
            ("-0", "-0"), ("1.0", "1"), ("1.5", "1.5"), ("1e3", "1000"),
            ("9007199254740993", "9007199254740992"),
            ("-9223372036854775808", "-9223372036854775808"),
            ("null", "null"), ("true", "true"), ("[]", "[]"), ("{}", "{}"),
            (#"{ "b": 1, "a": [1, {"c": null}] }"#, #"{"a":[1,{"c":null}],"b":1}"#),
            (#"{"@type":"x/y.Z","value":"a"}"#, #"{"@type":"x/y.Z","value":"a"}"#),
            (#""\u0001\n\t/é\u2028""#, "\"\\u0001\\u000a\\u0009/é\u{2028}\""),
        ])
    func value(json: String, body: String) throws {
        let payload = WirePayload.payload(of: try WireJSON.value(of: Array(json.utf8)))
        let sent = WirePayload.triggerBody(of: payload) ?? []
        #expect(String(decoding: sent, as: UTF8.self) == body)
        #expect(WirePayload.payload(of: try WireJSON.value(of: sent)) == payload)
    }

    @Test("without a payload there is no body; null is a payload")
    func absent() {
        #expect(WirePayload.triggerBody(of: nil) == nil)
        #expect(WirePayload.triggerBody(of: WirePayload.payload(of: .null)) == Array("null".utf8))
    }

    @Test("an Any of another type is sent as its bytes without white space at the ends")
    func otherTypes() {
        let table: [([UInt8], [UInt8])] = [
            ([0x0A, 0x0B] + Array("hello world".utf8), Array("hello world".utf8)),
            ([0x08, 0x7B], [0x08, 0x7B]), ([], []), ([0x20, 0x09], []),
            ([0xC2, 0xA0, 0x41, 0xC2, 0x85, 0x0C], [0x41]),
            ([0xE3, 0x80, 0x80, 0x41, 0xE2, 0x80, 0xAF], [0x41]),
            // Parts of an encoded space are not a space.
            ([0xA0, 0x41, 0x85], [0xA0, 0x41, 0x85]),
        ]
        for (value, body) in table {
            let payload = Payload(typeURL: "type.googleapis.com/some.Type", value: value)
            #expect(WirePayload.triggerBody(of: payload) == body)
        }
    }

    @Test("what claims to be a Value and has no JSON form is sent as its bytes")
    func noJSON() throws {
        let notANumber = Google_Protobuf_Value(numberValue: .nan)
        let payload = Payload(
            typeURL: WirePayload.valueType, value: try notANumber.serializedBytes())
        #expect(WirePayload.triggerBody(of: payload) == WirePayload.trimmed(payload.value))
        let broken = Payload(typeURL: WirePayload.valueType, value: [0xFF])
        #expect(WirePayload.triggerBody(of: broken) == [0xFF])
    }

    @Test("equal values are stored as equal bytes, whatever the order of their keys")
    func order() throws {
        let keys = (0..<200).map { "key\($0)" }
        let innerKeys = Set(keys.prefix(20))
        let bytes = [keys, keys.reversed(), keys.shuffled()].map { keys in
            let inner = keys.filter(innerKeys.contains).map { JSONValue.Member($0, .number(1)) }
            let object = keys.map { JSONValue.Member($0, .object(inner)) }
            return WirePayload.payload(of: .object(object)).value
        }
        #expect(Set(bytes).count == 1)
    }

    @Test("the stored bytes are a protobuf Value that reads back the same")
    func stored() throws {
        let long = String(repeating: "x", count: 20_000)
        let json =
            #"{"a":[null,true,false,0,-1.5,1e300,"",[],{}],"":{"b":"\#(long)","c":[[["d"]]]}}"#
        let value = try Google_Protobuf_Value(jsonString: json)
        let payload = WirePayload.payload(of: try WireJSON.value(of: Array(json.utf8)))
        #expect(payload.typeURL == "type.googleapis.com/google.protobuf.Value")
        #expect(try Google_Protobuf_Value(serializedBytes: payload.value) == value)
    }
}
