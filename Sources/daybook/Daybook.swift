import ArgumentParser
import Failpoints
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

              daybook jobs put report --schedule '@every 1h' --data '{"kind": "daily"}'

            Look at it, and take it away again:

              daybook jobs get report
              daybook jobs delete report

            Apps do the same over HTTP, in any language:

              curl -X POST localhost:3500/v1.0/jobs/report \\
                   -d '{"schedule": "@every 1h", "data": {"kind": "daily"}}'

            The app answers 2xx when the work is done. Any other answer but 404 is a failure and \
            is tried again, as the job's failurePolicy says. Every attempt carries the same \
            Idempotency-Key.

            See when a schedule will be due before any job has it:

              daybook jobs next 'CRON_TZ=Europe/Berlin 0 30 6 * * MON-FRI'

            Move in from Dapr's scheduler:

              daybook import dapr jobs.gob --data-dir daybook-data

            Every command has a --help of its own, with examples. A shell can complete commands, \
            flags, files and words; this teaches it to, for bash, zsh and fish:

              source <(daybook --generate-completion-script bash)
              daybook --generate-completion-script zsh > "${fpath[1]}/_daybook"
              daybook --generate-completion-script fish \\
                  > ~/.config/fish/completions/daybook.fish

            The first is a line for ~/.bashrc; the others write a file that new shells read.

            Exit codes: 0 stopped as asked, or answered; 1 the answer is no; 2 wrong usage; \
            3 cannot open or listen, in use, or no server answers; 4 the log is damaged; 6 I/O \
            error; 7 the log has an unknown format.
            """,
        version: Version.current,
        subcommands: [
            Serve.self, Run.self, ConfigCommand.self, JobsCommand.self, ImportCommand.self,
            ClockCommand.self,
        ])

    /// Errors are one line each. A usage error exits with 2, as is customary; later failures have
    /// their own codes.
    static func main() async {
        // A write to an app or client that has gone must fail with an error and not end the
        // process.
        signal(SIGPIPE, SIG_IGN)
        giveBackLargeBlocks()
        dieAtOnce()
        do { try UnknownFailpoint.refuse() } catch {
            StandardError.write("daybook: \(error)\n")
            Glibc.exit(Failure.usage)
        }
        var command: any ParsableCommand
        let arguments = DaprFlags.completed(Array(CommandLine.arguments.dropFirst()))
        do { command = try parseAsRoot(arguments) } catch { end(withUsageOr: error) }
        do {
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch let error where exitCode(for: error) != .failure {
            // Errors of the parser: help is a command too, and some commands find usage errors
            // late.
            end(withUsageOr: error)
        } catch {
            let failure = Failure(error)
            StandardError.write("daybook: \(failure.reason)\n")
            Glibc.exit(failure.code)
        }
    }

    /// A large block, the answer to a list, say, is mapped by itself, and returned to the system when
    /// it is freed. Left alone, glibc would put all that come after the first one into the heap, which
    /// they break up: after 512 answers of 4 MB it kept most of what they had taken. What a turn takes is
    /// smaller, and stays in the heap: to map it each time would cost a third of the speed of triggers.
    private static func giveBackLargeBlocks() {
        // Swift's module of glibc does not have it.
        guard let symbol = dlsym(nil, "mallopt") else { return }
        typealias MallocOption = @convention(c) (_ option: Int32, _ value: Int32) -> Int32
        // Safe because malloc.h declares it so.
        _ = unsafeBitCast(symbol, to: MallocOption.self)(mmapThreshold, largeBlockBytes)
    }
    /// `M_MMAP_THRESHOLD` of malloc.h.
    private static let mmapThreshold: Int32 = -3
    private static let largeBlockBytes: Int32 = 2 << 20

    /// Swift's backtracer would keep ports, lock and health for some 20 seconds of a crash. Who wants
    /// backtraces asks for them, by SWIFT_BACKTRACE.
    private static func dieAtOnce() {
        guard getenv("SWIFT_BACKTRACE") == nil else { return }
        for number in [SIGQUIT, SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGTRAP] {
            signal(number, SIG_DFL)
        }
    }

    /// Exits with the requested help, or with the command's usage.
    private static func end(withUsageOr error: any Error) -> Never {
        let text = fullMessage(for: error)
        guard exitCode(for: error) != .success else {
            print(text)
            Glibc.exit(0)
        }
        StandardError.write(text + "\n")
        Glibc.exit(Failure.usage)
    }
}
