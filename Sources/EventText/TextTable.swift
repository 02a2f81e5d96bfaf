// Tables for people. Texts come from whoever schedules jobs: no byte of them may move a cursor, and
// none of them pushes a column out of its place.

import Jobs

/// Rows of texts under headings.
package struct TextTable: Sendable {
    /// A column is not made narrower than this to fit a terminal.
    private static let columnWidthMin = 12
    private static let gap = 2
    /// Bytes of a text that are shown. A name of 512 bytes that are all escaped fits.
    private static let cellBytesMax = 4_096

    private let headings: [String]
    /// Which columns may be cut.
    private let elastic: [Int]
    private var rows: [[String]] = []
    /// Of the widest text in each column, on the pages before too.
    private var widthsMax: [Int]
    private var isFirstPage = true

    package init(_ headings: [String], elastic: [Int]) {
        self.headings = headings.map(TextTable.cell)
        self.elastic = elastic
        widthsMax = self.headings.map(TextWidth.of)
    }

    /// Rows that are on no page yet.
    package var rowCount: Int { rows.count }

    /// A text as a table shows it.
    package static func cell(_ text: String) -> String {
        SafeText.escaped(text, limit: cellBytesMax)
    }

    /// As many texts as there are headings.
    package mutating func append(_ texts: [String]) {
        let row = texts.map(TextTable.cell)
        for (index, cell) in row.enumerated() {
            widthsMax[index] = max(widthsMax[index], TextWidth.of(cell))
        }
        rows.append(row)
    }

    /// The lines, as wide as their texts; cut to fit `columns`, if they can be. Padding is where
    /// another column follows.
    package func text(columns: Int?) -> String { lines([headings] + rows, columns) }

    /// The lines of the rows since the page before, which are forgotten: a table without an end
    /// takes no more memory than a page. Its columns are no narrower than before.
    package mutating func page(columns: Int?) -> String {
        let page = lines(isFirstPage ? [headings] + rows : rows, columns)
        rows.removeAll(keepingCapacity: true)
        isFirstPage = false
        return page
    }

    private func lines(_ rows: [[String]], _ columns: Int?) -> String {
        let widths = widths(columns)
        return rows.map { row in
            var line = ""
            var padding = 0
            for (cell, width) in zip(row, widths) {
                let shown = TextWidth.cut(cell, to: width)
                line += String(repeating: " ", count: padding) + shown
                padding = width - TextWidth.of(shown) + TextTable.gap
            }
            return line + "\n"
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

/// How many columns of a terminal a text takes; it must be safe to show.
enum TextWidth {
    static func of(_ text: String) -> Int {
        // Nearly all texts.
        if text.utf8.allSatisfy({ $0 < 0x80 }) { return text.utf8.count }
        return text.unicodeScalars.reduce(0) { $0 + of($1) }
    }

    /// `text`, or as much of its beginning as fits `width` with a mark that there was more.
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

    private static func of(_ scalar: Unicode.Scalar) -> Int {
        if scalar.isASCII { return 1 }
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark: return 0
        default: break
        }
        // The second and third parts of a Korean syllable stand within the first.
        if ("\u{1160}"..."\u{11FF}").contains(scalar) { return 0 }
        let isWide =
            scalar.properties.isEmojiPresentation || wide.contains { $0.contains(scalar) }
        return isWide ? 2 : 1
    }

    /// Scripts that take two columns a character. Unicode: EastAsianWidth.txt, W and F; what is
    /// unassigned within them is never shown.
    private static let wide: [ClosedRange<Unicode.Scalar>] = [
        "\u{1100}"..."\u{115F}", "\u{2E80}"..."\u{303E}", "\u{3041}"..."\u{A4CF}",
        "\u{A960}"..."\u{A97C}", "\u{AC00}"..."\u{D7A3}", "\u{F900}"..."\u{FAFF}",
        "\u{FE30}"..."\u{FE6F}", "\u{FF01}"..."\u{FF60}", "\u{FFE0}"..."\u{FFE6}",
        "\u{16FE0}"..."\u{18DFF}", "\u{1B000}"..."\u{1B2FF}", "\u{20000}"..."\u{3FFFD}",
    ]
}
