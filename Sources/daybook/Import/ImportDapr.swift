// `daybook import dapr`: decides about every job of an export, writes the log, reads it again, and
// says what is in it.

import ArgumentParser
import DaprExport
import EventLog
import EventText
import Jobs
import LMDBLog
import Scheduler
import ZoneInfo

struct ImportDapr: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dapr",
        abstract: "Move in from Dapr's scheduler: from the file of \"dapr scheduler export\".",
        discussion: """
            Stop the apps and their sidecars, so that Dapr's scheduler triggers nothing; export; \
            stop the scheduler, and leave it stopped. Each job goes on where the file says it \
            stands: what Dapr runs after the export comes again.

              dapr scheduler export jobs.gob
              daybook import dapr jobs.gob --data-dir daybook-data

            Jobs and reminders of all namespaces, apps and actors keep their names, texts, data \
            and failure policies, and what has run counts: @every and schedules go on after the \
            last tick, repeats counts what ran before, a ttl keeps its instant. What came due \
            meanwhile comes one by one when a server starts. Failed attempts of a tick do not \
            count: it begins again. Jobs of which no tick is left are left out, as Dapr deletes \
            them.

            All or nothing: if a job cannot be kept as it is, it is named with the reason, and \
            nothing is written. --skip-refused leaves such jobs out. The log appears in the data \
            directory when it is whole and has been read again; a process that dies before leaves \
            none, and the command can be repeated. A directory with a log is refused.

            Printed is what was moved in, by namespace and app, and with -o json or jsonl every \
            job, when it is due next, and why then.

            Exit codes: 0 moved in; 1 the file is no export, or a job cannot be moved in; 2 wrong \
            usage; 3 the file or the data directory cannot be opened, or it has a log; 6 I/O \
            error.
            """)

    @Argument(
        help: ArgumentHelp("The file that Dapr's CLI has written.", valueName: "file"),
        completion: .file())
    var file: String

    @Option(
        help: ArgumentHelp(
            "The data directory: one without a log. It is made if it is missing.",
            valueName: "dir"), completion: .directory)
    var dataDir: String

    @Flag(help: "Leave out the jobs that cannot be moved in.")
    var skipRefused = false

    @OptionGroup var output: JobsOutputOptions

    /// Bytes of a file: all of it is read into memory.
    private static let fileBytesMax = 4 << 30

    func run() throws {
        let bytes = try contents()
        let jobs: ExportedJobs
        do throws(ExportError) {
            jobs = ExportedJobs(
                in: try ExportFile(bytes), named: file, now: SystemClock.now(),
                zones: ZoneDirectory.ofSystem())
        } catch {
            throw Failure(
                code: Failure.notImported, reason: shown("\(file) is no export of jobs: \(error)"))
        }
        guard jobs.refused.isEmpty || skipRefused else {
            try ImportReport(jobs, file: file, digest: Digest.sha256(bytes), log: nil)
                .print(output.format)
            throw Failure(
                code: Failure.notImported,
                reason: jobs.refused.count.counted("job")
                    + " cannot be moved in, so nothing was written;"
                    + " --skip-refused leaves them out")
        }
        var log: ReadBack?
        try LMDBLog.make(in: dataDir) { new throws(LogError) in
            try MovingIn.write(
                jobs.moved.map(\.plan), softwareVersion: Version.current
            ) { turn throws(LogError) in try new.append(turn) }
        } checking: { reader throws(LogError) in
            log = try ReadBack(of: reader, expecting: jobs.moved)
        }
        try ImportReport(jobs, file: file, digest: Digest.sha256(bytes), log: log)
            .print(output.format)
        StandardError.write(
            "daybook: each job stands where it stood in Dapr at the export; what has run there"
                + " since then comes again\n")
    }

    private func contents() throws(Failure) -> [UInt8] {
        do {
            return try TextFile.bytes(of: file, limit: Self.fileBytesMax)
        } catch {
            throw Failure(code: Failure.cannotOpen, reason: shown("cannot read \(file): \(error)"))
        }
    }

    private func shown(_ text: String) -> String { SafeText.shown(text, limit: 4_096) }
}

extension Failure {
    fileprivate static let notImported: Int32 = 1
}
