// Cells as JSON and as CSV: one object, or one row, per line. Both may be shown in a terminal, so
// they contain nothing that moves the cursor.

import EventLog
import Jobs

/// One JSON object with its members in the order of `cells`.
package enum JSONLine {
    /// Appends the object, without the end of the line. Everything a terminal would act on is
    /// escaped, which does not change the meaning.
    package static func append(_ cells: [Cell], to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "{"))
        for (index, cell) in cells.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            JSONString.append(cell.name, escaping: .unsafe, to: &bytes)
            bytes.append(UInt8(ascii: ":"))
            switch cell.value {
            case .text(let text): JSONString.append(text, escaping: .unsafe, to: &bytes)
            case .count, .integer, .flag: cell.value.append(to: &bytes)
            case .counts(let numbers):
                bytes += "[\(numbers.map(String.init).joined(separator: ","))]".utf8
            case .instant, .digits, .bytes:
                bytes.append(UInt8(ascii: "\""))
                cell.value.append(to: &bytes)
                bytes.append(UInt8(ascii: "\""))
            }
        }
        bytes.append(UInt8(ascii: "}"))
    }
}

/// Rows in the form of RFC 4180, except that a row ends with a line feed alone.
package enum CSVLine {
    /// Appends the heading, with the end of the line.
    package static func append(headings: [String], to bytes: inout [UInt8]) {
        bytes += headings.joined(separator: ",").utf8
        bytes.append(UInt8(ascii: "\n"))
    }

    /// Appends a row with one field for each of `columns`, with the end of the line. `cells` must
    /// be a subset of the columns, in their order.
    package static func append(
        _ cells: [Cell], columns: [String], to bytes: inout [UInt8]
    ) {
        var rest = cells[...]
        for (index, column) in columns.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            guard let cell = rest.first, cell.name == column else { continue }
            rest.removeFirst()
            if case .text(let text) = cell.value {
                append(text: text, to: &bytes)
            } else {
                cell.value.append(to: &bytes)
            }
        }
        precondition(rest.isEmpty, "no column \(rest.first?.name ?? "") in its place")
        bytes.append(UInt8(ascii: "\n"))
    }

    private static func append(text: String, to bytes: inout [UInt8]) {
        var shown = SafeText.escaped(text)
        if let first = text.unicodeScalars.first, startsFormula(first) { shown = "'" + shown }
        guard shown.utf8.contains(where: { $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: "\"") })
        else {
            bytes += shown.utf8
            return
        }
        bytes.append(UInt8(ascii: "\""))
        for byte in shown.utf8 {
            if byte == UInt8(ascii: "\"") { bytes.append(byte) }
            bytes.append(byte)
        }
        bytes.append(UInt8(ascii: "\""))
    }

    /// First characters that make a spreadsheet treat a text as a formula: the last four are the
    /// full-width forms of the first.
    private static func startsFormula(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "=", "+", "-", "@", "\t", "\r", "\u{FF1D}", "\u{FF0B}", "\u{FF0D}", "\u{FF20}": true
        default: false
        }
    }
}

extension FieldValue {
    /// Appends the value in the form that JSON and CSV share, without quotes; a text unchanged.
    package func append(to bytes: inout [UInt8]) {
        switch self {
        case .text(let text): bytes += text.utf8
        case .count(let number): bytes += String(number).utf8
        case .integer(let number): bytes += String(number).utf8
        case .counts(let numbers): bytes += numbers.map(String.init).joined(separator: " ").utf8
        case .flag(let flag): bytes += (flag ? "true" : "false").utf8
        case .instant(let instant): InstantText.appendUTC(instant, to: &bytes)
        case .digits(let digits):
            for byte in digits {
                if byte < 16 { bytes.append(UInt8(ascii: "0")) }
                bytes += String(byte, radix: 16).utf8
            }
        case .bytes(let content): Base64.append(content, to: &bytes)
        }
    }
}

/// RFC 4648, with padding.
private enum Base64 {
    private static let alphabet = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    static func append(_ content: [UInt8], to bytes: inout [UInt8]) {
        for start in stride(from: 0, to: content.count, by: 3) {
            let count = min(3, content.count - start)
            var word = 0
            for index in 0..<3 {
                word = word << 8 | (index < count ? Int(content[start + index]) : 0)
            }
            for index in 0..<4 {
                bytes.append(
                    index <= count ? alphabet[word >> (18 - 6 * index) & 63] : UInt8(ascii: "="))
            }
        }
    }
}
