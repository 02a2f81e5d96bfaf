import ArgumentParser
import EventText
import FoundationEssentials
import Glibc
import Jobs

enum OutputFormat: String, CaseIterable, ExpressibleByArgument {
    case table, json
}

enum Printing {
    /// A document for programs, with sorted keys.
    static func json(_ document: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(document), as: UTF8.self)
    }

    /// The columns of the names in a report.
    static let margin = 21

    /// The rows of a report for people: a name, then its text.
    static func lines(_ rows: [(name: String, text: String)]) -> [String] {
        rows.map { name, text in name + String(repeating: " ", count: margin - name.count) + text }
    }
}

func printError(_ text: String) {
    let bytes = Array((text + "\n").utf8)
    // A failure to write to standard error cannot be reported.
    _ = write(STDERR_FILENO, bytes, bytes.count)
}

extension String {
    /// The text without anything that could control a terminal or change the text direction.
    var escaped: String { SafeText.escaped(self) }
}
