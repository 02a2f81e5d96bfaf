import ArgumentParser
import Audit
import EventLog
import LMDBLog

struct AuditCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "Judges the whole history: was a tick missed, doubled, or never explained?",
        discussion: """
            Recomputes the digest chain and checks every event against all before it, by a model \
            of its own. Ends with 0 if nothing was found, 1 with findings, 2 wrong usage, 3 the \
            log cannot be opened or is locked, 4 it is damaged, 6 the disk failed, 7 it was \
            written by a newer Daybook.
            """)

    @Option(
        help: ArgumentHelp("The data directory to read.", valueName: "dir"),
        completion: .directory)
    var dataDir: String

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
        return try Audit.of(log)
    }
}
