import ArgumentParser
import Glibc
import Settings

struct Run: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Serve one app and start it: daybook run --app-port 8000 -- COMMAND…",
        discussion: """
            Serves like "daybook serve". Once requests are accepted it starts the command, with \
            DAPR_HTTP_PORT, APP_ID, APP_PORT, NAMESPACE and the tokens in its environment, and \
            shows its output line by line, each line preceded by the app's id.

            When the command ends the server stops, and the exit code is the command's, or 128 \
            plus the number of the signal that ended it. SIGTERM and SIGINT stop both, with exit \
            code 0: no more triggers, up to 5 s for what is in flight, then the command gets \
            SIGTERM, and SIGKILL after another 5 s. A systemd service needs KillMode=mixed for \
            this.

            \(ServeOptions.discussion)
            """)

    @OptionGroup var options: ServeOptions

    @Argument(
        parsing: .postTerminator,
        help: ArgumentHelp("What to start, and its arguments, after --.", valueName: "command"))
    var command: [String] = []

    mutating func validate() throws {
        guard !command.isEmpty else {
            throw ValidationError("the command to run must follow --")
        }
    }

    mutating func run() async throws {
        let serving = try Serving(options)
        guard serving.settings.apps.count == 1 else {
            throw Failure(
                code: Failure.usage,
                reason: "run starts one app, and the settings list \(serving.settings.apps.count)")
        }
        let process = AppProcess(command: command, app: serving.settings.apps[0])
        try await serving.run(beside: process)
        if let code = process.exitCode { Glibc.exit(code) }
    }
}
