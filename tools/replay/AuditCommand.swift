import ArgumentParser
import Audit
import EventLog
import Jobs
import LMDBLog

struct AuditCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "Judges the whole history: was a tick missed, late, doubled, and why?",
        discussion: """
            Recomputes the digest chain and checks every event against all before it, by a model \
            of its own. Every tick that came due has one story: it ran on time or late, was \
            skipped, given up or withdrawn with its job, is pending, was missed, or cannot be \
            explained. A tick is late from a second on; the events tell what held it. Times in \
            which no scheduler ran, one was silent or an app was away are named, too.

              daybook-replay audit --data-dir daybook-data

            Was anything ever more than 5 s late although nothing stood in its way?

              daybook-replay audit --data-dir daybook-data --max-late 5s

            Ends with 0 if nothing was missed, forbidden or unexplained, 1 if something was, or, \
            with --max-late, later than that without an excuse, 2 wrong usage, 3 the log cannot \
            be opened or is locked, 4 it is damaged, 6 the disk failed, 7 it was written by a \
            newer Daybook.
            """)

    @Option(
        help: ArgumentHelp("The data directory to read.", valueName: "dir"),
        completion: .directory)
    var dataDir: String

    @Option(
        help: ArgumentHelp(
            "Lists triggers later than this, such as 500ms or 5s.", valueName: "duration"))
    var maxLate: DurationArgument?

    @Option(name: .shortAndLong, help: "How to print the report.")
    var output = OutputFormat.table

    func run() throws {
        let report: AuditReport
        do {
            report = try audit()
        } catch {
            printError("daybook-replay: \(error.description.escaped)")
            throw ExitCode(ReplayExit(error).rawValue)
        }
        switch output {
        case .table: for line in AuditText(report).lines { print(line) }
        case .json: print(try Printing.json(AuditDocument(report)))
        }
        if !report.isClean { throw ExitCode(ReplayExit.findings.rawValue) }
    }

    private func audit() throws(LogError) -> AuditReport {
        let log = try LMDBReader(directory: dataDir)
        return try Audit.of(log, lateMax: maxLate?.nanoseconds)
    }
}

/// A duration as Go writes them: `1h30m`, `500ms`; not negative.
struct DurationArgument: ExpressibleByArgument {
    let nanoseconds: Int64

    init?(argument: String) {
        guard let nanoseconds = try? GoDuration.parse(argument), nanoseconds >= 0 else {
            return nil
        }
        self.nanoseconds = nanoseconds
    }
}
