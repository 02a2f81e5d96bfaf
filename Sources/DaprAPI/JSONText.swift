// JSON for answers. Protobuf's writer is not used: it prints 1 as 1.0, which readers of integers
// reject, and the members of an object in the random order of a dictionary.

import Jobs
package import SwiftProtobuf

/// A JSON value as its bytes.
package struct JSONText: Sendable {
    package let bytes: [UInt8]

    private init(bytes: [UInt8]) { self.bytes = bytes }

    /// `nil` if the value has no JSON form: a number that is not finite, or no value at all.
    ///
    /// Members are ordered by their keys' bytes, so that equal values give equal texts.
    package init?(_ value: Google_Protobuf_Value) {
        var bytes: [UInt8] = []
        guard JSONText.write(value, into: &bytes) else { return nil }
        self.bytes = bytes
    }

    package static func string(_ text: String) -> JSONText {
        var bytes: [UInt8] = []
        JSONString.append(text, to: &bytes)
        return JSONText(bytes: bytes)
    }

    package static func integer(_ number: some UnsignedInteger) -> JSONText {
        JSONText(bytes: Array("\(number)".utf8))
    }

    package static func array(_ elements: [JSONText]) -> JSONText {
        let comma = [UInt8(ascii: ",")]
        return JSONText(
            bytes: [UInt8(ascii: "[")] + elements.map(\.bytes).joined(separator: comma)
                + [UInt8(ascii: "]")])
    }

    /// An object with its members in the given order.
    package static func object(_ members: [(key: String, value: JSONText)]) -> JSONText {
        var bytes = [UInt8(ascii: "{")]
        for (index, member) in members.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            JSONString.append(member.key, to: &bytes)
            bytes.append(UInt8(ascii: ":"))
            bytes += member.value.bytes
        }
        bytes.append(UInt8(ascii: "}"))
        return JSONText(bytes: bytes)
    }

    /// Recurses as deep as the value does, which is as deep as its reader allowed.
    private static func write(_ value: Google_Protobuf_Value, into bytes: inout [UInt8]) -> Bool {
        switch value.kind {
        case nil: return false
        case .nullValue: bytes += "null".utf8
        case .boolValue(let flag): bytes += (flag ? "true" : "false").utf8
        case .stringValue(let text): JSONString.append(text, to: &bytes)
        case .numberValue(let number):
            guard number.isFinite else { return false }
            bytes += text(of: number).utf8
        case .listValue(let list):
            bytes.append(UInt8(ascii: "["))
            for (index, element) in list.values.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                guard write(element, into: &bytes) else { return false }
            }
            bytes.append(UInt8(ascii: "]"))
        case .structValue(let object):
            bytes.append(UInt8(ascii: "{"))
            let members = object.fields.sorted {
                $0.key.utf8.lexicographicallyPrecedes($1.key.utf8)
            }
            for (index, member) in members.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                JSONString.append(member.key, to: &bytes)
                bytes.append(UInt8(ascii: ":"))
                guard write(member.value, into: &bytes) else { return false }
            }
            bytes.append(UInt8(ascii: "}"))
        }
        return true
    }

    /// An integer that fits 64 bits has no decimal point and no exponent; any other number is the
    /// shortest text that reads back as the same.
    private static func text(of number: Double) -> String {
        guard let integer = Int64(exactly: number) else { return "\(number)" }
        return integer == 0 && number.sign == .minus ? "-0" : "\(integer)"
    }
}
