// Tables for people. The texts come from the callers that schedule jobs: none may move the cursor
// or push a column out of its place.

import Jobs

/// Rows of texts under headings.
package struct TextTable: Sendable {
    /// A column is not made narrower than this to fit a terminal.
    private static let columnWidthMin = 10
    /// The last column is not wrapped to less than this.
    private static let wrappedWidthMin = 24
    private static let gap = 2
    /// The most bytes shown of a text. A name of 512 bytes fits even if all are escaped.
    private static let cellBytesMax = 4_096

    private let headings: [String]
    /// The columns that may be cut.
    private let elastic: [Int]
    /// Whether the texts of the last column go on in further lines if the terminal is too narrow.
    private let wrapsLast: Bool
    private var rows: [[String]] = []
    /// The width of the widest text in each column, including earlier pages.
    private var widthsMax: [Int]
    private var isFirstPage = true

    package init(_ headings: [String], elastic: [Int], wrapsLast: Bool = false) {
        self.wrapsLast = wrapsLast
        self.headings = headings.map(TextTable.cell)
        self.elastic = elastic
        widthsMax = self.headings.map(TextWidth.of)
    }

    /// Rows not yet on a page.
    package var rowCount: Int { rows.count }

    /// A text in the form shown in a table.
    package static func cell(_ text: String) -> String {
        SafeText.escaped(text, limit: cellBytesMax)
    }

    /// Appends a row; there must be as many texts as headings.
    package mutating func append(_ texts: [String]) {
        let row = texts.map(TextTable.cell)
        for (index, cell) in row.enumerated() {
            widthsMax[index] = max(widthsMax[index], TextWidth.of(cell))
        }
        rows.append(row)
    }

    /// The lines, as wide as their texts; cut to fit `columns` if possible. Only columns followed
    /// by another one are padded.
    package func text(columns: Int?) -> String { lines([headings] + rows, columns) }

    /// The lines of the rows since the previous page, which are then dropped: an endless table
    /// needs no more memory than one page. Columns are at least as wide as before.
    package mutating func page(columns: Int?) -> String {
        let page = lines(isFirstPage ? [headings] + rows : rows, columns)
        rows.removeAll(keepingCapacity: true)
        isFirstPage = false
        return page
    }

    private func lines(_ rows: [[String]], _ columns: Int?) -> String {
        let widths = widths(columns)
        let start = widths.dropLast().reduce(0) { $0 + $1 + TextTable.gap }
        let room = columns.map { max($0 - start, TextTable.wrappedWidthMin) }
        return rows.map { row in
            let (cut, wrapped) = wrapsLast ? (row.dropLast(), row.last) : (row[...], nil)
            var line = ""
            var padding = 0
            for (cell, width) in zip(cut, widths) {
                let shown = TextWidth.cut(cell, to: width)
                line += String(repeating: " ", count: padding) + shown
                padding = width - TextWidth.of(shown) + TextTable.gap
            }
            guard let wrapped else { return line + "\n" }
            let margin = "\n" + String(repeating: " ", count: start)
            line += String(repeating: " ", count: padding)
            return line + TextWidth.wrapped(wrapped, to: room).joined(separator: margin) + "\n"
        }.joined()
    }

    private func widths(_ columns: Int?) -> [Int] {
        var widths = widthsMax
        guard let columns else { return widths }
        let gaps = TextTable.gap * (headings.count - 1)
        var excess = widths.reduce(gaps, +) - columns
        while excess > 0, let widest = elastic.max(by: { widths[$0] < widths[$1] }),
            widths[widest] > TextTable.columnWidthMin
        {
            widths[widest] -= 1
            excess -= 1
        }
        return widths
    }
}

/// How many terminal columns a text takes; it must be safe to show.
package enum TextWidth {
    static func of(_ text: String) -> Int {
        // The common case.
        if text.utf8.allSatisfy({ $0 < 0x80 }) { return text.utf8.count }
        return text.unicodeScalars.reduce(0) { $0 + of($1) }
    }

    /// `text`, or as much of its beginning as fits `width` with a mark for the cut.
    static func cut(_ text: String, to width: Int) -> String {
        guard of(text) > width else { return text }
        var shown = ""
        var rest = width - 1
        for scalar in text.unicodeScalars {
            rest -= of(scalar)
            guard rest >= 0 else { break }
            shown.unicodeScalars.append(scalar)
        }
        return shown + "…"
    }

    /// The text in parts that fit `columns`, if that is known; those after the first are indented.
    /// A word that is too long is not broken.
    package static func wrapped(_ text: String, to columns: Int?, indent: Int = 0) -> [String] {
        guard let columns, of(text) > columns else { return [text] }
        var parts: [String] = []
        var part = ""
        for word in text.split(separator: " ", omittingEmptySubsequences: false) {
            let width = of(String(word))
            if !part.isEmpty, of(part) + 1 + width > columns {
                parts.append(part)
                part = String(repeating: " ", count: min(indent, max(0, columns - width))) + word
            } else {
                part += (part.isEmpty ? "" : " ") + word
            }
        }
        return parts + [part]
    }

    private static func of(_ scalar: Unicode.Scalar) -> Int {
        if scalar.isASCII { return 1 }
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark: return 0
        default: break
        }
        // The second and third parts of a Korean syllable are drawn within the first.
        if ("\u{1160}"..."\u{11FF}").contains(scalar) { return 0 }
        let isWide =
            scalar.properties.isEmojiPresentation || wide.contains { $0.contains(scalar) }
        return isWide ? 2 : 1
    }

    /// Scripts with two columns per character. Unicode: EastAsianWidth.txt, W and F; unassigned
    /// characters within them are never shown.
    private static let wide: [ClosedRange<Unicode.Scalar>] = [
        "\u{1100}"..."\u{115F}", "\u{2E80}"..."\u{303E}", "\u{3041}"..."\u{A4CF}",
        "\u{A960}"..."\u{A97C}", "\u{AC00}"..."\u{D7A3}", "\u{F900}"..."\u{FAFF}",
        "\u{FE30}"..."\u{FE6F}", "\u{FF01}"..."\u{FF60}", "\u{FFE0}"..."\u{FFE6}",
        "\u{16FE0}"..."\u{18DFF}", "\u{1B000}"..."\u{1B2FF}", "\u{20000}"..."\u{3FFFD}",
    ]
}
