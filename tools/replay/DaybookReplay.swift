import ArgumentParser
import Failpoints
import Glibc

/// Reads a log beside a live writer, or a copy of a log. Never writes to it.
@main
struct DaybookReplay: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "daybook-replay",
        abstract: "Looks at the history of a Daybook data directory, offline.",
        discussion: """
            Everything here reads only, beside a live server as well as on a copy.

            Was any job missed, late or doubled, and why?

              daybook-replay audit --data-dir daybook-data

            What happened to a job, and why did it run, or not, at some time?

              daybook-replay history report --data-dir daybook-data --app shop
              daybook-replay explain report --at 2026-11-22T06:30:00Z --data-dir daybook-data \
            --app shop

            And as a picture:

              daybook-replay timeline report --svg report.svg --data-dir daybook-data --app shop

            Is the log what was once written, every byte of it?

              daybook-replay verify --data-dir daybook-data

            Back it up without stopping the server:

              daybook-replay copy --data-dir daybook-data backup

            Every event of a job as JSON, one a line:

              daybook-replay export --data-dir daybook-data --job report

            Which jobs were there last Monday at eight, and what has changed since?

              daybook-replay state --data-dir daybook-data --at 2026-11-16T08:00:00Z
              daybook-replay diff --data-dir daybook-data 2026-11-16T08:00:00Z 2026-11-23T08:00:00Z

            Exit codes: 0 fine; 1 findings; 2 wrong usage; 3 the log cannot be opened, or is \
            locked; 4 it is damaged; 6 I/O error; 7 the log has an unknown format.
            """,
        subcommands: [
            AuditCommand.self, HistoryCommand.self, ExplainCommand.self, TimelineCommand.self,
            VerifyCommand.self, CopyCommand.self, ArchiveCommand.self, RestoreCommand.self,
            ExportCommand.self, StateCommand.self, DiffCommand.self,
        ])

    static func main() {
        // That id a server has which runs in a container of its own.
        if getpid() == 1 { AnotherProcess.takeOver() }
        do { try UnknownFailpoint.refuse() } catch {
            printError("daybook-replay: \(error)")
            Glibc.exit(ReplayExit.usage.rawValue)
        }
        do {
            var command = try parseAsRoot()
            try command.run()
        } catch  where exitCode(for: error) == .validationFailure {
            printError(fullMessage(for: error))
            Glibc.exit(ReplayExit.usage.rawValue)
        } catch {
            exit(withError: error)
        }
    }
}
