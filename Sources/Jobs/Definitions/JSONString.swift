/// A text as a quoted JSON string. All code that writes JSON uses this.
package enum JSONString {
    /// What is escaped besides quotes and backslashes.
    package enum Escaping: Sendable {
        /// Only the control characters, which JSON requires.
        case controls
        /// Everything a terminal would act on or that would be invisible; the JSON has the same
        /// meaning.
        case unsafe
    }

    package static func append(
        _ text: String, escaping: Escaping = .controls, to bytes: inout [UInt8]
    ) {
        bytes.append(UInt8(ascii: "\""))
        defer { bytes.append(UInt8(ascii: "\"")) }
        // The common case.
        if text.utf8.allSatisfy(isPlain) {
            bytes += text.utf8
            return
        }
        switch escaping {
        case .controls:
            for byte in text.utf8 {
                if isPlain(byte) || byte >= 0x7F {
                    bytes.append(byte)
                } else {
                    bytes += escape(Unicode.Scalar(byte)).utf8
                }
            }
        case .unsafe:
            for scalar in text.unicodeScalars {
                let isPlain = SafeText.isSafe(scalar) && scalar != "\"" && scalar != "\\"
                bytes += (isPlain ? String(scalar) : escape(scalar)).utf8
            }
        }
    }

    package static func quoted(_ text: String) -> String {
        var bytes: [UInt8] = []
        append(text, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// A quote or a backslash gets a backslash in front; others become `\u…`, twice for a character
    /// beyond U+FFFF.
    package static func escape(_ scalar: Unicode.Scalar) -> String {
        if scalar == "\"" || scalar == "\\" { return "\\\(scalar)" }
        return String(scalar).utf16.map { unit in
            let digits = String(unit, radix: 16)
            return "\\u\(String(repeating: "0", count: 4 - digits.count))\(digits)"
        }.joined()
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        (0x20..<0x7F).contains(byte) && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
    }
}
