// Rows of named values in the form somebody asked for. Nothing is kept but what a table needs, whose
// columns fit all its rows.

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
    private let format: RowFormat
    private let columns: [String]
    private var table: TextTable
    private var hasRows = false

    /// `columns` are all names that a row's cells can have, in their order. `table` has the
    /// headings that people read.
    package init(_ format: RowFormat, columns: [String], table: TextTable) {
        self.format = format
        self.columns = columns
        self.table = table
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
        case .table: table.append(texts())
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

    /// After the last row. A table is cut to `width`, if there is one.
    package func end(_ bytes: inout [UInt8], width: Int?) {
        switch format {
        case .table: bytes += table.text(columns: width).utf8
        case .json: bytes += (hasRows ? "\n]\n" : "]\n").utf8
        case .jsonl, .csv: break
        }
    }
}
