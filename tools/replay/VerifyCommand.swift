import ArgumentParser
import EventLog
import EventText
import FoundationEssentials
import Glibc

struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Is the log what was once written, every byte of it, and can it be served?",
        discussion: """
            Reads everything: the checksum of every record, payload and seal; the chain of \
            digests; that every event can be read and can follow the ones before it; that every \
            payload is the one its job was accepted with, and none is missing or left over. The \
            checkpoint beside the log must end with one of its turns, and its state with the \
            records after it must be the state of the whole log. Damaged pages that crash a \
            process crash only a child process. Works beside a live server, up to its head at the \
            start.

            Verify, and keep the printed head elsewhere:

              daybook-replay verify --data-dir daybook-data

            A week later: does the log still hold what it held then, or did somebody put an older \
            copy in its place, or rewrite it?

              daybook-replay verify --data-dir daybook-data --head 4711:DIGEST

            Only a noted head or a checkpoint can show that the newest records are missing. The \
            digest alone, as copy prints it, is enough.

            Ends with 0 if all is well, 1 if the checkpoint cannot be used, the noted head is \
            not in the log or the times of a turn contradict each other, 2 wrong usage, 3 the log \
            cannot be opened, 4 it is damaged: then the first bad record is named, and the one up \
            to which everything is what was written; 6 the disk failed, 7 the log was written by a \
            newer Daybook.
            """)

    @OptionGroup var directory: DirectoryOptions

    @Option(
        help: ArgumentHelp(
            "A head noted earlier, which the log must contain: as printed, or its digest alone.",
            valueName: "head"))
    var head: NotedHead?

    @Option(name: .shortAndLong, help: "How to print the report.")
    var output = OutputFormat.table

    /// Internal: set for the process that reads.
    @Flag(help: ArgumentHelp("", visibility: .private))
    var isReading = false

    func run() throws {
        if isReading { return try VerifyReading.run(directory.path, head) }
        let report: VerifyReport
        do {
            report = try VerifyReading.report(on: directory.path, head)
        } catch {
            printError("daybook-replay: \(error.reason.escaped)")
            throw ExitCode(error.code)
        }
        switch output {
        case .table:
            for line in VerifyText(report).lines {
                let columns = StandardOutput.columns
                for part in TextWidth.wrapped(line, to: columns, indent: Printing.margin) {
                    print(part)
                }
            }
        case .json: print(try Printing.json(VerifyDocument(report: report)))
        }
        if report.damage != nil { throw ExitCode(ReplayExit.damaged.rawValue) }
        if !report.isClean { throw ExitCode(ReplayExit.findings.rawValue) }
    }
}
