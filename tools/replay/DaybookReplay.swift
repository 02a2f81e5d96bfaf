import ArgumentParser
import Glibc

/// Reads a log that nobody need be serving: beside a live writer, or a copy. Never writes.
@main
struct DaybookReplay: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "daybook-replay",
        abstract: "Looks at the history of a Daybook data directory, offline.",
        subcommands: [AuditCommand.self])

    static func main() {
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
