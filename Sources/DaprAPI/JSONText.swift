// JSON for answers. Protobuf's writer is not used: it prints 1 as 1.0, which readers of integers
// reject, and the members of an object in the random order of a dictionary.

import Jobs

/// A JSON value as its bytes.
package struct JSONText: Sendable {
    package let bytes: [UInt8]

    private init(bytes: [UInt8]) { self.bytes = bytes }

    /// `json` is one JSON value.
    package init(json: [UInt8]) { bytes = json }

    /// Members are ordered by their keys' bytes, so that equal values give equal texts.
    package init(_ value: JSONValue) {
        var bytes: [UInt8] = []
        JSONText.write(value, into: &bytes)
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
    private static func write(_ value: JSONValue, into bytes: inout [UInt8]) {
        switch value {
        case .null: bytes += "null".utf8
        case .bool(let flag): bytes += (flag ? "true" : "false").utf8
        case .string(let text): JSONString.append(text, to: &bytes)
        case .number(let number): bytes += text(of: number).utf8
        case .array(let elements):
            bytes.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                write(element, into: &bytes)
            }
            bytes.append(UInt8(ascii: "]"))
        case .object(let members):
            bytes.append(UInt8(ascii: "{"))
            for (index, member) in JSONValue.sorted(members).enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                JSONString.append(member.key, to: &bytes)
                bytes.append(UInt8(ascii: ":"))
                write(member.value, into: &bytes)
            }
            bytes.append(UInt8(ascii: "}"))
        }
    }

    /// An integer that fits 64 bits has no decimal point and no exponent; any other number is the
    /// shortest text that reads back as the same.
    private static func text(of number: Double) -> String {
        guard let integer = Int64(exactly: number) else { return "\(number)" }
        return integer == 0 && number.sign == .minus ? "-0" : "\(integer)"
    }
}
