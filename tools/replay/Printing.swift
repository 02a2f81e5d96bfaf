import ArgumentParser
import EventText
import FoundationEssentials
import Glibc
import Jobs

enum OutputFormat: String, CaseIterable, ExpressibleByArgument {
    case table, json
}

enum Printing {
    /// A document for programs, its keys sorted.
    static func json(_ document: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(document), as: UTF8.self)
    }

    /// The rows of a report for people: a name, then what is to be said of it.
    static func lines(_ rows: [(name: String, text: String)]) -> [String] {
        rows.map { name, text in name + String(repeating: " ", count: 21 - name.count) + text }
    }
}

func printError(_ text: String) {
    let bytes = Array((text + "\n").utf8)
    // Nothing can be said about a standard error that takes nothing.
    _ = write(STDERR_FILENO, bytes, bytes.count)
}

extension String {
    /// The text with nothing in it that could move a terminal's cursor or turn its direction.
    var escaped: String { SafeText.escaped(self) }
}
