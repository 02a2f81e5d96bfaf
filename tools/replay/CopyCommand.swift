import ArgumentParser
import Audit
import EventLog
import EventText
import FoundationEssentials
import Glibc
import LMDBLog

struct CopyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "copy",
        abstract: "Makes a copy of a log that can be served, while it is being written.",
        discussion: """
            The copy holds the log as it was when the command began: records, payloads and seals, \
            with the same digests. Each is checked on the way, and a damaged log is not copied. \
            The writer is not held up. The copy is made as TARGET.unfinished and becomes TARGET \
            when it is complete and on disk, so TARGET is never half a copy. An unfinished copy is \
            replaced by the next one. A checkpoint is not copied: a server makes its own.

            Back up a log, and keep the digest it prints:

              daybook-replay copy --data-dir daybook-data backup-2026-11-22

            Later, check that the copy is unchanged, and that the log still contains it:

              daybook-replay verify --data-dir backup-2026-11-22
              daybook-replay verify --data-dir daybook-data --head DIGEST

            Serve the copy when the original is lost; never serve both:

              daybook serve --data-dir backup-2026-11-22

            Look at the jobs as they were before record 4711:

              daybook-replay copy --data-dir daybook-data --to 4710 before

            Ends with 0 when the copy is there, 2 wrong usage, 3 the log cannot be opened or \
            TARGET is taken, 4 the log is damaged, 6 the disk is full or failed, 7 the log was \
            written by a newer Daybook.
            """)

    @OptionGroup var directory: DirectoryOptions

    @Option(
        help: ArgumentHelp(
            "Copy up to this record, or the end of the last turn before it.", valueName: "record"))
    var to: UInt64?

    @Option(name: .shortAndLong, help: "How to print what was copied.")
    var output = OutputFormat.table

    @Argument(
        help: "The data directory to make: missing, or empty.", completion: .directory)
    var target: String

    func run() throws {
        CopySignals.watch()
        let document: CopyDocument
        do {
            let log = try AnotherProcess.openLog(in: directory.path)
            let head = try log.head()
            let end = if let to { try log.seal(endingBy: SequenceNumber(to)) } else { head }
            if let to { try refuse(to, end, head, log.origin()) }
            document = try copy(log, through: end)
        } catch let error as LogError {
            if CopySignals.isAskedToStop { CopySignals.stop() }
            printError("daybook-replay: \(explain(error).escaped)")
            throw ExitCode(ReplayExit(error).rawValue)
        }
        switch output {
        case .table: print(document.line)
        case .json: print(try Printing.json(document))
        }
    }

    private func refuse(_ to: UInt64, _ end: Seal, _ head: Seal, _ origin: Seal) throws {
        guard to <= head.last.rawValue else {
            throw ValidationError("The log ends at record \(head.last); there is no \(to).")
        }
        guard end.last > origin.last else {
            throw ValidationError("No turn has ended by record \(to).")
        }
    }

    private func copy(
        _ log: borrowing LMDBReader, through end: Seal
    ) throws(LogError) -> CopyDocument {
        var document = CopyDocument(target: target, log: log.identity, head: end)
        var progress = ProgressLine()
        defer { progress.clear() }
        try log.copy(to: target, through: end) { turn throws(LogError) in
            if CopySignals.isAskedToStop { throw .cannotOpen("interrupted") }
            _ = try TurnCheck.records(of: turn)
            document.add(turn)
            progress.show(turn.seal.last.rawValue, of: end.last.rawValue)
        }
        return document
    }

    private func explain(_ error: LogError) -> String {
        switch error {
        case .notStored(.full, let detail):
            "no space left for \(target): \(detail)\(remains)"
        case .damaged, .broken: "\(error)\(remains)"
        case .locked, .superseded, .notStored(.transient, _), .cannotOpen, .unknownFormat:
            "\(error)"
        }
    }

    /// Names the unfinished copy if it could not be removed.
    private var remains: String {
        let name = LMDBReader.unfinishedName(of: target)
        return access(name, F_OK) == 0 ? "; \(name) is left behind" : ""
    }
}

/// A summary of what was copied.
private struct CopyDocument: Encodable {
    let target, log: String
    /// Total size of records and payloads.
    private(set) var bytes = 0
    private(set) var records = 0
    private(set) var turns = 0
    private(set) var payloads = 0
    let head: SealDocument

    init(target: String, log: LogID, head: Seal) {
        self.target = target
        self.log = log.bytes.hexadecimal
        self.head = SealDocument(head)
    }

    mutating func add(_ turn: SealedTurn) {
        turns += 1
        records += turn.turn.records.count
        payloads += turn.turn.payloads.count
        bytes += turn.recordBytes + turn.payloadBytes
    }

    var line: String {
        "\(records.counted("record")) in \(turns.counted("turn")), \(bytes.counted("byte"));"
            + " head \(head.last), digest "
            + head.digest
    }
}
