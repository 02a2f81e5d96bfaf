// Rows of named values in the form somebody asked for. Nothing is kept but what a table needs: so
// many rows, which its columns fit.

package enum RowFormat: String, CaseIterable, Sendable {
    /// For people.
    case table
    /// One array of objects.
    case json
    /// One object a line.
    case jsonl
    case csv
}

package struct RowWriter: Sendable {
    /// Rows of a table that are printed together. Behind them its columns can only become wider.
    private static let pageRows = 1_000

    private let format: RowFormat
    private let columns: [String]
    private var table: TextTable?
    private let width: Int?
    private var hasRows = false

    /// `columns` are all names that a row's cells can have, in their order. `table` has the
    /// headings that people read, and is cut to `width`, if there is one; without a table they read
    /// one line a row, whole.
    package init(_ format: RowFormat, columns: [String], table: TextTable?, width: Int?) {
        self.format = format
        self.columns = columns
        self.table = table
        self.width = width
    }

    /// Before the first row.
    package func begin(_ bytes: inout [UInt8]) {
        switch format {
        case .table, .jsonl: break
        case .json: bytes.append(UInt8(ascii: "["))
        case .csv: CSVLine.append(headings: columns, to: &bytes)
        }
    }

    /// `texts` are what a table shows of the row.
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
            bytes += (texts.joined(separator: " ") + "\n").utf8
            return
        }
        table?.append(texts)
        if table?.rowCount == RowWriter.pageRows { appendPage(to: &bytes) }
    }

    private mutating func appendPage(to bytes: inout [UInt8]) {
        if let page = table?.page(columns: width) { bytes += page.utf8 }
    }

    /// After the last row.
    package mutating func end(_ bytes: inout [UInt8]) {
        switch format {
        case .table: appendPage(to: &bytes)
        case .json: bytes += (hasRows ? "\n]\n" : "]\n").utf8
        case .jsonl, .csv: break
        }
    }
}
