import Archives
import ArgumentParser
import EventLog
import EventText
import LMDBLog

struct ArchiveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "archive",
        abstract: "Writes what is no longer written into as files that are kept elsewhere.",
        discussion: """
            A log is kept in segments, and all but the last never change. Each becomes a file in \
            TARGET, compressed, with everything that is in it; one that is there already must be \
            the same. Works beside a live server. A server with --archive-dir does it by itself \
            before it removes a segment.

              daybook-replay archive --data-dir daybook-data /mnt/archive
              daybook-replay restore /mnt/archive restored

            Ends with 0 when all files are there, 3 the log cannot be opened or TARGET not \\
            used, 4 the log is damaged, 6 the disk is full or failed.
            """)

    @OptionGroup var directory: DirectoryOptions

    @Argument(help: "The directory of the files, which must exist.", completion: .directory)
    var target: String

    func run() throws {
        do throws(LogError) {
            let log = try AnotherProcess.openLog(in: directory.path)
            try archive(log)
        } catch {
            printError("daybook-replay: \(error.description.escaped)")
            throw ExitCode(ReplayExit(error).rawValue)
        }
    }

    private func archive(_ log: borrowing LMDBReader) throws(LogError) {
        var previous = log.origin()
        let base = try log.baseFile()
        for segment in log.sealedSegments {
            let header = ArchiveHeader(
                identity: log.identity, created: log.created, previous: previous,
                end: segment.end, hasBase: previous == log.origin() && base != nil)
            let file = try ArchiveWriter.write(
                header, base: header.hasBase ? base : nil, into: target
            ) { last, end, bytes throws(LogError) in
                try log.turns(after: last, through: end, bytes: bytes)
            }
            print("\(file.name)  \(file.digest.hexadecimal)  \(file.bytes.counted("byte"))")
            previous = segment.end
        }
    }
}

struct RestoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Makes a data directory of the files of an archive.",
        discussion: """
            Everything is checked on the way: checksums, the digest of each file, and that the \
            turns in it give the digest that it names. With --data-dir the segments of that log \
            which are not in the archive follow, as links to its files, so that what is archived \
            and what is kept can be read as one log:

              daybook-replay restore /mnt/archive whole --data-dir daybook-data
              daybook-replay audit --data-dir whole

            Ends with 0 when TARGET is there, 3 something cannot be opened or TARGET is taken, 4 a \
            file is damaged or missing, 6 the disk is full or failed.
            """)

    @Argument(help: "The directory of the files.", completion: .directory)
    var archive: String

    @Argument(
        help: "The data directory to make: missing, or empty.", completion: .directory)
    var target: String

    @Option(
        help: ArgumentHelp("The log whose beginning is archived.", valueName: "dir"),
        completion: .directory)
    var dataDir: String?

    func run() throws {
        do throws(LogError) {
            let archive = try SegmentArchive(in: archive)
            let end = try archive.restore(to: target, linking: dataDir)
            let log = try LMDBReader(directory: target)
            let head = try log.head()
            print(
                "archived up to record \(end.last); head \(head.last), digest "
                    + head.digest.hexadecimal)
        } catch {
            printError("daybook-replay: \(error.description.escaped)")
            throw ExitCode(ReplayExit(error).rawValue)
        }
    }
}
