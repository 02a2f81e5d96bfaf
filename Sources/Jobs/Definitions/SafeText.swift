/// Text from outside, made safe for a terminal and for one line.
package enum SafeText {
    /// `text` with everything escaped that could move the cursor, end the line, reorder
    /// neighbouring text or be invisible; cut after `limit` bytes. Escaping the result again
    /// changes nothing.
    package static func escaped(_ text: String, limit: Int = .max) -> String {
        var shown = ""
        var count = 0
        for scalar in text.unicodeScalars {
            let piece = isSafe(scalar) ? String(scalar) : "\\u{\(String(scalar.value, radix: 16))}"
            count += piece.utf8.count
            if count > limit { return shown + "…" }
            shown += piece
        }
        return shown
    }

    /// The same for a log line or a message, which must stay short.
    package static func shown(_ text: String, limit: Int = shownBytesMax) -> String {
        escaped(text, limit: limit)
    }

    /// Bytes of a job's name, an address or a reason as shown in such a line.
    package static let shownBytesMax = 256

    package static func isSafe(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII { return (0x20..<0x7F).contains(scalar.value) }
        switch scalar.properties.generalCategory {
        // Controls (C1 too), bidirectional overrides and other invisible format characters, line
        // and paragraph separators, private and unassigned ones.
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate,
            .unassigned:
            return false
        default:
            return true
        }
    }
}
