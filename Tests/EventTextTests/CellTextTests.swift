import EventLog
import EventText
import Foundation
import Jobs
import Testing

@Suite("Cells as JSON, CSV and tables")
struct CellTextTests {
    private static let texts =
        ["", "plain", "a,b", "a\"b", "\\", "é", "e\u{301}", "日本", "🛎️", "\u{0}\u{1F}\u{7F}", "\t"]
        + ["\r\n", "\u{85}", "\u{2028}", "\u{202E}", "\u{FEFF}", "\u{E000}", "\u{1D173}", "</b>"]

    @Test("a JSON line is valid and gives every text back; nothing in it moves a cursor")
    func jsonTexts() throws {
        for text in Self.texts {
            let line = Self.json([Cell("a\"b", .text(text)), Cell("c", .count(1))])
            let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            let found = try #require(object?["a\"b"] as? String)
            #expect(found.unicodeScalars.elementsEqual(text.unicodeScalars), "\(line)")
            #expect(SafeText.escaped(line) == line)
        }
    }

    @Test("numbers, flags, instants and bytes have one form each")
    func jsonValues() {
        let cells = [
            Cell("count", .count(.max)), Cell("integer", .integer(-1)), Cell("flag", .flag(false)),
            Cell("instant", .instant(Timestamp(nanoseconds: 1_500_000_000))),
            Cell("digits", .digits([0, 10, 255])), Cell("bytes", .bytes([0, 255, 16])),
        ]
        #expect(
            Self.json(cells)
                == #"{"count":18446744073709551615,"integer":-1,"flag":false,"#
                + #""instant":"1970-01-01T00:00:01.5Z","digits":"000aff","bytes":"AP8Q"}"#)
        #expect(Self.json([]) == "{}")
    }

    @Test("base64 is what Foundation reads, at every length")
    func base64() throws {
        for count in 0..<70 {
            let content = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ count) }
            var text: [UInt8] = []
            FieldValue.bytes(content).append(to: &text)
            #expect(Data(base64Encoded: Data(text)) == Data(content))
        }
    }

    @Test("a CSV row has a place for every column, quoted where it must be")
    func csv() {
        let columns = ["a", "b", "c"]
        #expect(Self.csv([Cell("b", .text("x"))], columns) == ",x,\n")
        #expect(
            Self.csv([Cell("a", .text("x,\"y\"")), Cell("c", .integer(-1))], columns)
                == "\"x,\"\"y\"\"\",,-1\n")
        #expect(Self.csv([Cell("a", .text("x\r\ny"))], columns) == "x\\u{d}\\u{a}y,,\n")
        #expect(Self.csv([], columns) == ",,\n")
    }

    @Test(
        "a text that a spreadsheet would act on begins with an apostrophe",
        arguments: ["=", "+", "-", "@", "\t", "\r", "\u{FF1D}", "\u{FF0B}", "\u{FF0D}", "\u{FF20}"])
    func formulas(start: String) {
        let row = Self.csv([Cell("a", .text(start + "HYPERLINK(1)"))], ["a"])
        #expect(row.hasPrefix("'"))
        #expect(row.hasSuffix("HYPERLINK(1)\n"))
        #expect(Self.csv([Cell("a", .text("a" + start))], ["a"]).hasPrefix("a"))
    }

    @Test("each format prints the same rows")
    func formats() throws {
        let rows = [[Cell("n", .count(1)), Cell("t", .text("x"))], [Cell("t", .text("y"))]]
        let printed = Dictionary(
            uniqueKeysWithValues: RowFormat.allCases.map { ($0, Self.print(rows, $0)) })
        #expect(printed[.jsonl] == "{\"n\":1,\"t\":\"x\"}\n{\"t\":\"y\"}\n")
        #expect(printed[.csv] == "n,t\n1,x\n,y\n")
        #expect(printed[.json] == "[\n{\"n\":1,\"t\":\"x\"},\n{\"t\":\"y\"}\n]\n")
        #expect(printed[.table] == "TEXT\n2\n1\n")
        #expect(Self.print([], .json) == "[]\n")
        #expect(Self.print([], .csv) == "n,t\n")
        #expect(Self.print([], .jsonl) == "")
    }

    @Test("several numbers are an array in JSON and stand beside each other in CSV")
    func counts() {
        let cells = [Cell("n", .counts([3, .max])), Cell("m", .counts([]))]
        #expect(Self.json(cells) == "{\"n\":[3,18446744073709551615],\"m\":[]}")
        #expect(Self.csv(cells, ["n", "m"]) == "3 18446744073709551615,\n")
    }

    @Test("a table without an end is printed page by page, and its columns only become wider")
    func pages() {
        var bytes: [UInt8] = []
        var writer = RowWriter(
            .table, columns: [], table: TextTable(["A", "B"], elastic: [1]), width: 14)
        for number in 1...1_001 {
            let isLong = number == 2
            writer.append([], texts: [isLong ? "long" : "x", "\(number)"], to: &bytes)
            #expect(bytes.isEmpty == (number < 1_000))
        }
        writer.end(&bytes)
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        #expect(lines.count == 1_002)
        #expect(lines.prefix(3) == ["A     B", "x     1", "long  2"])
        #expect(lines.suffix(2) == ["x     1000", "x     1001"])
    }

    @Test(
        "without a table people read one line a row, which goes on if the terminal is narrower",
        arguments: [
            (nil, "a long text\né long text\n"), (11, "a long text\né long text\n"),
            (8, "a long\n    text\né long\n    text\n"),
        ])
    func lines(width: Int?, text: String) {
        var bytes: [UInt8] = []
        var writer = RowWriter(.table, columns: [], table: nil, width: width)
        writer.begin(&bytes)
        for text in ["a", "é"] { writer.append([], texts: [text, "long text"], to: &bytes) }
        writer.end(&bytes)
        #expect(String(decoding: bytes, as: UTF8.self) == text)
    }

    private static func print(_ rows: [[Cell]], _ format: RowFormat) -> String {
        var bytes: [UInt8] = []
        var writer = RowWriter(
            format, columns: ["n", "t"], table: TextTable(["TEXT"], elastic: []), width: nil)
        writer.begin(&bytes)
        for row in rows { writer.append(row, texts: ["\(row.count)"], to: &bytes) }
        writer.end(&bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func json(_ cells: [Cell]) -> String {
        var bytes: [UInt8] = []
        JSONLine.append(cells, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func csv(_ cells: [Cell], _ columns: [String]) -> String {
        var bytes: [UInt8] = []
        CSVLine.append(cells, columns: columns, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }
}
