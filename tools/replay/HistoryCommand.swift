import ArgumentParser
import Audit
import EventLog
import Jobs
import LMDBLog

struct HistoryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history",
        abstract: "What happened to a job, event by event?",
        discussion: """
            Shows every event of a name through all its generations, whoever created, replaced or \
            deleted it, every trigger and every answer, each with its number in the log.

              daybook-replay history report --data-dir daybook-data --app shop

            Ends with 0, with 1 if the log knows no such job, otherwise as the other verbs do.
            """)

    @OptionGroup var name: JobArgument

    @Option(
        help: ArgumentHelp("The data directory to read.", valueName: "dir"),
        completion: .directory)
    var dataDir: String

    @Option(name: .shortAndLong, help: "How to print the history.")
    var output = OutputFormat.table

    func run() throws {
        let id = try name.id()
        var history = JobHistory(of: id)
        var documents: [LineDocument] = []
        var isFound = false
        do throws(LogError) {
            try LMDBReader(directory: dataDir).forEachRecord { record in
                guard let line = history.line(for: record) else { return }
                isFound = true
                switch output {
                case .table: print(Self.text(line))
                case .json: documents.append(LineDocument(line))
                }
            }
        } catch {
            printError("daybook-replay: \(error.description.escaped)")
            throw ExitCode(ReplayExit(error).rawValue)
        }
        if output == .json { print(try Printing.json(documents)) }
        guard isFound else {
            printError("daybook-replay: the log knows no job \(id.shown)")
            throw ExitCode(ReplayExit.findings.rawValue)
        }
    }

    private static func text(_ line: JobHistory.Line) -> String {
        let time = InstantText.utc(line.time)
        return "\(time) #\(line.sequence) generation \(line.generation): \(line.text)"
    }

    private struct LineDocument: Encodable {
        var sequence, generation: UInt64
        var time, text: String

        init(_ line: JobHistory.Line) {
            sequence = line.sequence.rawValue
            generation = line.generation.rawValue
            time = InstantText.utc(line.time)
            text = line.text
        }
    }
}
