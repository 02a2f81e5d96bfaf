// The flags of `daybook serve`, as texts: their meaning and defaults are decided in `Settings`,
// together with the environment and the file.

import ArgumentParser
import Glibc
import Jobs
import Settings

struct ServeOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            A file with settings, in YAML; an unknown key is an error. See "daybook config show".
            """, valueName: "file"), completion: .file(extensions: ["yaml", "yml"]))
    var config: String?

    @Option(
        help: ArgumentHelp(
            "Where the log lives; made if it is missing. (default: ./daybook-data)",
            valueName: "dir"), completion: .directory)
    var dataDir: String?

    @Option(
        help: ArgumentHelp(
            """
            Records after which the state is written to a checkpoint again, so that the next \
            start reads only what came later. (default: 250000)
            """, valueName: "records"))
    var checkpointInterval: String?

    @Option(
        help: ArgumentHelp("The app whose jobs these are. (default: app)", valueName: "id"))
    var appID: String?

    @Option(
        help: ArgumentHelp("The namespace the app is in. (default: default)", valueName: "ns"))
    var namespace: String?

    @Option(
        help: ArgumentHelp(
            "The app's HTTP port. Without it jobs are kept but nobody is called.",
            valueName: "port"))
    var appPort: String?

    @Option(
        name: .customLong("app-address"),
        help: ArgumentHelp(
            """
            Where the app is, if not at 127.0.0.1; without a port, at --app-port. Several times: \
            replicas, of which each trigger goes to one.
            """, valueName: "host:port"))
    var appAddresses: [String] = []

    @Option(
        help: ArgumentHelp(
            "How the app is called: http or grpc. (default: http)", valueName: "name"),
        completion: .list(["http", "grpc"]))
    var appProtocol: String?

    @Option(
        help: ArgumentHelp(
            "Triggers each replica may have unanswered. (default: 64)", valueName: "count"))
    var maxInFlight: String?

    @Option(
        help: ArgumentHelp(
            """
            How long the app may take for a trigger, as 30s. Then its connection is closed, and \
            that was a failed attempt. (default: off)
            """, valueName: "duration"))
    var jobTimeout: String?

    @Option(
        help: ArgumentHelp(
            """
            The port of the jobs API; 0 turns it off, "auto" takes any free one. The line that \
            says "serving" names it. (default: 3500)
            """, valueName: "port"))
    var httpPort: String?

    @Option(
        help: ArgumentHelp(
            """
            The port of the jobs API over gRPC; 0 turns it off, "auto" takes any free one. \
            (default: 50001, and off for apps that the file lists)
            """, valueName: "port"))
    var grpcPort: String?

    @Option(
        help: ArgumentHelp(
            """
            Where the jobs API listens. Anything but loopback needs a token, or --insecure. \
            (default: 127.0.0.1)
            """, valueName: "host"))
    var httpAddress: String?

    @Flag(help: "Let anyone who reaches the address schedule and delete jobs.")
    var insecure = false

    @Option(
        help: ArgumentHelp(
            """
            A file with the token that requests to the jobs API must carry in the header \
            dapr-api-token; or with two, the second for as long as apps change over.
            """, valueName: "file"), completion: .file())
    var apiTokenFile: String?

    @Option(
        help: ArgumentHelp(
            "A file with the token the app is sent, in the header dapr-api-token.",
            valueName: "file"), completion: .file())
    var appAPITokenFile: String?

    @Option(
        help: ArgumentHelp(
            """
            The port of the scheduler service, for sidecars of Dapr (daprd); 0 turns it off, \
            "auto" takes any free one. (default: 50006)
            """, valueName: "port"))
    var schedulerPort: String?

    @Option(
        help: ArgumentHelp(
            """
            Where the scheduler service listens. It asks for no token: anything but loopback \
            needs --insecure. (default: 127.0.0.1)
            """, valueName: "host"))
    var schedulerAddress: String?

    @Flag(
        help: """
            Serve the scheduler service, metrics and health, and no app: beside a daprd that has \
            the other ports.
            """)
    var schedulerOnly = false

    @Option(
        help: ArgumentHelp(
            "What sidecars are told to connect to, if not where they came in.",
            valueName: "host:port"))
    var overrideBroadcastHostPort: String?

    @Option(
        help: ArgumentHelp(
            """
            The port of metrics and health; 0 turns it off, "auto" takes any free one. \
            (default: 9090)
            """, valueName: "port"))
    var metricsPort: String?

    @Option(
        help: ArgumentHelp(
            """
            Where metrics and health are. They can be read, and nothing changed, by anyone there. \
            (default: 127.0.0.1)
            """, valueName: "host"))
    var metricsAddress: String?

    @Option(
        help: ArgumentHelp(
            "The largest request body, in bytes or as 512Ki, 4Mi; 8Mi at most. (default: 4Mi)",
            valueName: "size"))
    var maxBodySize: String?

    @Option(
        help: ArgumentHelp(
            "How log lines look: text or json. (default: text)", valueName: "format"),
        completion: .list(["text", "json"]))
    var logFormat: String?

    @Option(
        help: ArgumentHelp(
            """
            From which level on to log: trace, debug, info, notice, warning, error, critical. \
            (default: info)
            """, valueName: "level"),
        completion: .list(["trace", "debug", "info", "notice", "warning", "error", "critical"]))
    var logLevel: String?

    @OptionGroup(visibility: .hidden) var dapr: DaprFlags

    /// Help text on setting the same values elsewhere, for commands that take these flags.
    static let discussion = """
        A value is looked for in the flags, then in the environment (DAYBOOK_DATA_DIR for \
        --data-dir, and so on), then in the file, then there is the default. Some have a variable \
        of Dapr's as well: NAMESPACE, APP_ID, APP_PORT, APP_PROTOCOL, DAPR_HTTP_PORT, \
        DAPR_GRPC_PORT, DAPR_API_TOKEN (one token, or two with a comma between them), \
        APP_API_TOKEN. "daybook config show" says which value counts, and where it is from.

        A file can list many apps; then they are described there and neither in flags nor in the \
        environment:

          data-dir: /var/lib/daybook
          apps:
            - id: shop
              http-port: 3500
              app-addresses: [127.0.0.1:8000, 127.0.0.1:8001]
              job-timeout: 30s
              api-token-file: /etc/daybook/shop-token
            - id: billing
              http-port: 3501
              app-port: 8100

        namespace, max-in-flight, job-timeout and the tokens can stand above the list too, for \
        all apps that do not say.

        SIGHUP reads the file and the files of tokens again: tokens change at once, all else with \
        the next start. Without any file SIGHUP stops it, unless a service manager started it.
        """

    /// The current settings: files are read again every time.
    func settings() throws(Failure) -> Settings {
        do throws(SettingsError) {
            return try Settings(
                from: SettingSources(
                    flags: flags, configurationPath: config,
                    variable: { name in getenv(name).map { String(cString: $0) } },
                    contents: { path throws(SettingsError) in
                        try TextFile.contents(of: path)
                    }))
        } catch {
            let reason = SafeText.shown(error.description, limit: 1_024)
            throw Failure(code: Failure.usage, reason: reason)
        }
    }

    private var flags: [SettingKey: [String]] {
        let single: [(SettingKey, String?)] = [
            (.dataDir, dataDir), (.checkpointInterval, checkpointInterval),
            (.httpAddress, httpAddress), (.insecure, insecure ? "true" : nil),
            (.schedulerAddress, schedulerAddress), (.schedulerPort, schedulerPort),
            (.schedulerOnly, schedulerOnly ? "true" : nil),
            (.broadcastAddress, overrideBroadcastHostPort),
            (.metricsAddress, metricsAddress), (.metricsPort, metricsPort),
            (.maxBodySize, maxBodySize), (.logFormat, logFormat), (.logLevel, logLevel),
            (.namespace, namespace), (.apiTokenFile, apiTokenFile),
            (.appAPITokenFile, appAPITokenFile), (.maxInFlight, maxInFlight),
            (.jobTimeout, jobTimeout), (.appID, appID), (.httpPort, httpPort),
            (.grpcPort, grpcPort), (.appPort, appPort), (.appProtocol, appProtocol),
        ]
        var flags = dapr.flags
        for case (let key, let text?) in single { flags[key] = [text] }
        if !appAddresses.isEmpty { flags[.appAddresses] = appAddresses }
        return flags
    }
}
