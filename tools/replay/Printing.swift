import ArgumentParser
import Glibc

enum OutputFormat: String, CaseIterable, ExpressibleByArgument {
    case table, json
}

func printError(_ text: String) {
    let bytes = Array((text + "\n").utf8)
    // Nothing can be said about a standard error that takes nothing.
    _ = write(STDERR_FILENO, bytes, bytes.count)
}

extension String {
    /// The text with nothing in it that could move a terminal's cursor or turn its direction.
    var escaped: String {
        var escaped = ""
        for scalar in unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned,
                .privateUse:
                escaped += "\\u{\(String(scalar.value, radix: 16))}"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
