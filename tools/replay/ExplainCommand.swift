import ArgumentParser
import Audit
import EventLog
import Jobs
import LMDBLog

struct ExplainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Why did a job run then, or why did it not?",
        discussion: """
            Answers in a paragraph, with the numbers of the events behind it, about the tick that \
            was due in the second that begins at the given time; with --next about the first one \
            due then or later.

              daybook-replay explain report --at 2026-11-22T06:30:00+01:00 --data-dir \
            daybook-data --app shop

            Ends with 0, with 1 if the log knows no such job, otherwise as the other verbs do.
            """)

    @OptionGroup var name: JobArgument

    @Option(
        help: ArgumentHelp(
            "The time asked about, such as 2026-11-22T06:30:00Z.", valueName: "time"))
    var at: InstantArgument

    @Flag(help: "Asks about the first tick due at that time or later.")
    var next = false

    @Option(
        help: ArgumentHelp("The data directory to read.", valueName: "dir"),
        completion: .directory)
    var dataDir: String

    @Option(name: .shortAndLong, help: "How to print the explanation.")
    var output = OutputFormat.table

    func run() throws {
        var inquiry = Inquiry(of: try name.id(), at: at.instant, isNext: next)
        do throws(LogError) {
            try LMDBReader(directory: dataDir).forEachRecord { inquiry.add($0) }
        } catch {
            printError("daybook-replay: \(error.description.escaped)")
            throw ExitCode(ReplayExit(error).rawValue)
        }
        let explanation = inquiry.explanation()
        switch output {
        case .table: print(explanation.text)
        case .json: print(try Printing.json(ExplanationDocument(explanation)))
        }
        if explanation.reason == .neverAccepted {
            throw ExitCode(ReplayExit.findings.rawValue)
        }
    }

    private struct ExplanationDocument: Encodable {
        var reason, text: String
        var sequences: [UInt64]

        init(_ explanation: Explanation) {
            reason = "\(explanation.reason)"
            text = explanation.text
            sequences = explanation.sequences.map(\.rawValue)
        }
    }
}

/// An instant as RFC 3339 writes it.
struct InstantArgument: ExpressibleByArgument {
    let instant: Timestamp

    init?(argument: String) {
        guard let point = try? PointInTime.parse(argument, field: "at"), case .absolute = point,
            let instant = try? point.resolve(from: .earliest, field: "at")
        else { return nil }
        self.instant = instant
    }
}
