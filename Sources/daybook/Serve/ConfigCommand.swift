import ArgumentParser
import Failpoints
import Jobs
import Settings

struct ConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config",
        abstract: "Check settings before serving with them.",
        subcommands: [ConfigShow.self, ConfigFailpoints.self])
}

struct ConfigFailpoints: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "failpoints",
        abstract: "Print the failpoints, at which tests can make the process die.",
        discussion: """
            DAYBOOK_FAILPOINT=NAME in the environment kills the process, as kill -9 would, the \
            first time it passes that place; NAME@N the N-th time. The last ones belong to \
            "daybook-replay copy".
            """)

    mutating func run() throws {
        var printed = StandardOutput()
        for point in Failpoint.allCases { printed.append("\(point.rawValue)\n") }
        try printed.flush()
    }
}

struct ConfigShow: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Print every setting with its origin, or what is wrong with the settings.",
        discussion: """
            Takes the flags of "daybook serve" and reads the same environment and file. Tokens are \
            never printed, only whether there are any.

            \(ServeOptions.discussion)
            """)

    @OptionGroup var options: ServeOptions

    @Option(
        name: .shortAndLong, help: ArgumentHelp("The output format.", valueName: "text|json"))
    var output = Output.text

    enum Output: String, CaseIterable, ExpressibleByArgument {
        case text
        case json
    }

    mutating func run() throws {
        let shown = try options.settings().shown
        var printed = StandardOutput()
        switch output {
        case .text: printed.append(table(shown))
        case .json: printed.append(json(shown))
        }
        try printed.flush()
    }

    private func table(_ shown: [ShownSetting]) -> String {
        let rows = shown.map { setting in
            [setting.key, setting.value, origin(setting.origin)].map {
                // Not shortened: a cut value could not be compared.
                SafeText.escaped($0)
            }
        }
        let widths = (0...1).map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            let padded = zip(row, widths).map { text, width in
                text + String(repeating: " ", count: width - text.count + 2)
            }
            return "\(padded.joined())\(row[2])\n"
        }.joined()
    }

    private func origin(_ origin: Origin) -> String {
        switch origin {
        case .flag(let name): "flag \(name)"
        case .environment(let name): "environment \(name)"
        case .file(let path, let line, _): "file \(path)" + (line.map { ", line \($0)" } ?? "")
        case .standard: "default"
        }
    }

    private func json(_ shown: [ShownSetting]) -> String {
        let settings = shown.map { setting in
            let members =
                [("key", quoted(setting.key)), ("value", quoted(setting.value))]
                + members(of: setting.origin)
            return "{\(members.map { "\"\($0)\":\($1)" }.joined(separator: ","))}"
        }
        return "{\"settings\":[\(settings.joined(separator: ","))]}\n"
    }

    private func members(of origin: Origin) -> [(String, String)] {
        switch origin {
        case .flag(let name): [("origin", "\"flag\""), ("name", quoted(name))]
        case .environment(let name): [("origin", "\"environment\""), ("name", quoted(name))]
        case .file(let path, let line, _):
            [("origin", "\"file\""), ("file", quoted(path))]
                + (line.map { [("line", "\($0)")] } ?? [])
        case .standard: [("origin", "\"default\"")]
        }
    }

    /// Escaped for a terminal first, so that only quotes and backslashes are left to escape.
    private func quoted(_ text: String) -> String { JSONString.quoted(SafeText.escaped(text)) }
}
