import ArgumentParser
import Glibc

@main
struct Daybook: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "daybook",
        abstract: "A durable job scheduler whose every act is an entry in an append-only log.",
        discussion: """
            Start it beside an app that listens on port 8080:

              daybook serve --app-id shop --app-port 8080

            Schedule a job, and be called back at POST /job/report on the app:

              curl -X POST localhost:3500/v1.0/jobs/report \\
                   -d '{"schedule": "@every 1h", "data": {"kind": "daily"}}'

            Look at it, and take it away again:

              curl localhost:3500/v1.0/jobs/report
              curl -X DELETE localhost:3500/v1.0/jobs/report

            The app answers 2xx when the work is done. Any other answer but 404 is a failure and \
            is tried again, as the job's failurePolicy says. Every attempt carries the same \
            Idempotency-Key.

            See when a schedule will be due before any job has it:

              daybook jobs next 'CRON_TZ=Europe/Berlin 0 30 6 * * MON-FRI'

            Exit codes: 0 stopped as asked, or answered; 1 the answer is no; 2 wrong usage; \
            3 cannot open or listen, or in use; 4 the log is damaged; 6 I/O error; 7 the log has \
            an unknown format.
            """,
        version: Version.current,
        subcommands: [Serve.self, Run.self, ConfigCommand.self, JobsCommand.self])

    /// Errors are one line each, and a mistake in the usage is 2, as everywhere else.
    static func main() async {
        // An app or client that goes away must be an error of one write, not the end of the
        // process.
        signal(SIGPIPE, SIG_IGN)
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch let failure as Failure {
            StandardError.write("daybook: \(failure.reason)\n")
            Glibc.exit(failure.code)
        } catch {
            let text = fullMessage(for: error)
            guard exitCode(for: error) != .success else {
                print(text)
                Glibc.exit(0)
            }
            StandardError.write(text + "\n")
            Glibc.exit(Failure.usage)
        }
    }
}
