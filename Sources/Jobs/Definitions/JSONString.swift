/// A text as JSON has it, in quotes. Whoever writes JSON writes its texts here.
package enum JSONString {
    /// What is escaped beside quotes and backslashes.
    package enum Escaping: Sendable {
        /// What JSON does not take as it is.
        case controls
        /// All that a terminal would act on, or that would not be seen; it means the same.
        case unsafe
    }

    package static func append(
        _ text: String, escaping: Escaping = .controls, to bytes: inout [UInt8]
    ) {
        bytes.append(UInt8(ascii: "\""))
        defer { bytes.append(UInt8(ascii: "\"")) }
        // Nearly all texts.
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

    /// A quote or a backslash behind a backslash; else `\u…`, twice for a character beyond the first
    /// 65,536.
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
