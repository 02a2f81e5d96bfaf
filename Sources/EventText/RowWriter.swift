// Writes rows of named values in the requested form. Only a table keeps rows in memory: one page,
// to fit its columns.

package enum RowFormat: String, CaseIterable, Sendable {
    /// For people.
    case table
    /// One array of objects.
    case json
    /// One object per line.
    case jsonl
    case csv
}

package struct RowWriter: Sendable {
    /// Rows of a table that are printed together. On later pages its columns can only become wider.
    private static let pageRows = 1_000
    /// Of what does not fit the first line of a row.
    private static let indent = 4

    private let format: RowFormat
    private let columns: [String]
    private var table: TextTable?
    private let width: Int?
    private var hasRows = false

    /// `columns` are all names that a row's cells can have, in their order. `table` has the
    /// headings for people, and is cut to `width` if given; without a table, people get a line per
    /// row, which goes on in further ones if it is wider.
    package init(_ format: RowFormat, columns: [String], table: TextTable?, width: Int?) {
        self.format = format
        self.columns = columns
        self.table = table
        self.width = width
    }

    /// Writes what comes before the first row.
    package func begin(_ bytes: inout [UInt8]) {
        switch format {
        case .table, .jsonl: break
        case .json: bytes.append(UInt8(ascii: "["))
        case .csv: CSVLine.append(headings: columns, to: &bytes)
        }
    }

    /// `texts` are the row's texts in a table.
    package mutating func append(
        _ cells: [Cell], texts: @autoclosure () -> [String], to bytes: inout [UInt8]
    ) {
        switch format {
        case .table: append(texts(), to: &bytes)
        case .json:
            bytes += (hasRows ? ",\n" : "\n").utf8
            JSONLine.append(cells, to: &bytes)
        case .jsonl:
            JSONLine.append(cells, to: &bytes)
            bytes.append(UInt8(ascii: "\n"))
        case .csv: CSVLine.append(cells, columns: columns, to: &bytes)
        }
        hasRows = true
    }

    private mutating func append(_ texts: [String], to bytes: inout [UInt8]) {
        guard table != nil else {
            let line = texts.joined(separator: " ")
            for part in TextWidth.wrapped(line, to: width, indent: RowWriter.indent) {
                bytes += (part + "\n").utf8
            }
            return
        }
        table?.append(texts)
        if table?.rowCount == RowWriter.pageRows { appendPage(to: &bytes) }
    }

    private mutating func appendPage(to bytes: inout [UInt8]) {
        if let page = table?.page(columns: width) { bytes += page.utf8 }
    }

    /// Writes what comes after the last row.
    package mutating func end(_ bytes: inout [UInt8]) {
        switch format {
        case .table: appendPage(to: &bytes)
        case .json: bytes += (hasRows ? "\n]\n" : "]\n").utf8
        case .jsonl, .csv: break
        }
    }
}
