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
            "The data directory; created if it is missing. (default: ./daybook-data)",
            valueName: "dir"), completion: .directory)
    var dataDir: String?

    @OptionGroup var log: LogFlags

    @Option(
        help: ArgumentHelp("The app that owns the jobs. (default: app)", valueName: "id"))
    var appID: String?

    @Option(
        help: ArgumentHelp("The namespace the app is in. (default: default)", valueName: "ns"))
    var namespace: String?

    @Option(
        help: ArgumentHelp(
            "The app's HTTP port. Without it jobs are kept but no app is called.",
            valueName: "port"))
    var appPort: String?

    @Option(
        name: .customLong("app-address"),
        help: ArgumentHelp(
            """
            The app's address, if not 127.0.0.1; without a port, --app-port. Given several times: \
            replicas; each trigger goes to one.
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
            How long the app may take for a trigger, such as 30s. After that its connection, or \
            the stream of its sidecar, is closed, and the attempt has failed. (default: off)
            """, valueName: "duration"))
    var jobTimeout: String?

    @Option(
        help: ArgumentHelp(
            """
            The port of the jobs API; 0 turns it off, "auto" takes any free one. The log line \
            "serving" shows it. (default: 3500)
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
            The address of the jobs API. Anything but loopback needs a token, or --insecure. \
            (default: 127.0.0.1)
            """, valueName: "host"))
    var httpAddress: String?

    @Option(
        help: ArgumentHelp(
            """
            Names by which clients of this machine may call the jobs API, besides localhost and \
            the machine's own; with commas. Others are refused while there is no token, as a page \
            in a browser could be behind them.
            """, valueName: "names"))
    var allowedHosts: String?

    @Flag(help: "Let anyone who reaches the address schedule and delete jobs.")
    var insecure = false

    @Option(
        help: ArgumentHelp(
            """
            A file with the token that requests to the jobs API must carry in the header \
            dapr-api-token; or with two, while apps change from one to the other.
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
            The address of the scheduler service. It requires no token: anything but loopback \
            needs --insecure. (default: 127.0.0.1)
            """, valueName: "host"))
    var schedulerAddress: String?

    @Flag(
        help: """
            Serve the scheduler service, metrics and health, and no app, for use beside a daprd \
            that has the other ports.
            """)
    var schedulerOnly = false

    @Option(
        help: ArgumentHelp(
            "The address sidecars are told to use, if not the one they connected to.",
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
            The address of metrics and health. Anyone who reaches it can read them but change \
            nothing. (default: 127.0.0.1)
            """, valueName: "host"))
    var metricsAddress: String?

    @Option(
        help: ArgumentHelp(
            """
            A second port for health alone (/healthz, /livez, /readyz); 0 turns it off, "auto" \
            takes any free one. (default: 0, and 8080 beside flags of Dapr's scheduler)
            """, valueName: "port"))
    var healthzPort: String?

    @Option(
        help: ArgumentHelp(
            "The address of that port. (default: 127.0.0.1)", valueName: "host"))
    var healthzAddress: String?

    @Option(
        help: ArgumentHelp(
            "The largest request body, in bytes or such as 512Ki, 4Mi; at most 8Mi. (default: 4Mi)",
            valueName: "size"))
    var maxBodySize: String?

    @Option(
        help: ArgumentHelp(
            "The format of log lines: text or json. (default: text)", valueName: "format"),
        completion: .list(["text", "json"]))
    var logFormat: String?

    @Option(
        help: ArgumentHelp(
            """
            The lowest level to log: trace, debug, info, notice, warning, error, critical; or \
            Dapr's words, warn and fatal. (default: info)
            """, valueName: "level"),
        completion: .list(["trace", "debug", "info", "notice", "warning", "error", "critical"]))
    var logLevel: String?

    @Option(
        help: ArgumentHelp(
            "A file for log lines, instead of standard error; lines are added at its end.",
            valueName: "file"), completion: .file())
    var logFile: String?

    @OptionGroup(visibility: .hidden) var dapr: DaprFlags

    /// Help text on setting the same values elsewhere, for commands that take these flags.
    static let discussion = """
        A value is taken from the flags, else from the environment (DAYBOOK_DATA_DIR for \
        --data-dir, and so on), else from the file, else it is the default. Some can also be set \
        by Dapr's variables: NAMESPACE, APP_ID, APP_PORT, APP_PROTOCOL, DAPR_HTTP_PORT, \
        DAPR_GRPC_PORT, DAPR_API_TOKEN (one token, or two separated by a comma), APP_API_TOKEN. \
        "daybook config show" shows the values in effect and their origins.

        A file can list many apps; they are then configured there and not by flags or the \
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

        namespace, max-in-flight, job-timeout and the tokens can also be given above the list, for \
        all apps without their own.

        SIGHUP reads the file and the token files again: tokens change at once, everything else at \
        the next start. Without any file SIGHUP stops the server, unless a service manager started \
        it.
        """

    /// The current settings: files are read again every time.
    func settings() throws(Failure) -> Settings {
        do throws(SettingsError) {
            return try Settings(
                from: SettingSources(
                    flags: flags, fallbacks: dapr.fallbacks(isOpen: isOpen),
                    configurationPath: config,
                    variable: { name in getenv(name).map { String(cString: $0) } },
                    contents: { path throws(SettingsError) in
                        try TextFile.contents(of: path)
                    }))
        } catch {
            let reason = SafeText.shown(error.description, limit: 1_024)
            throw Failure(code: Failure.usage, reason: reason)
        }
    }

    /// Whether a flag or the environment lets anyone in who reaches an address.
    private var isOpen: Bool {
        let variable = SettingKey.insecure.variables.lazy.compactMap { getenv($0) }.first
        return insecure || variable.map { String(cString: $0) == "true" } ?? false
    }

    private var flags: [SettingKey: [String]] {
        let single: [(SettingKey, String?)] = [
            (.dataDir, dataDir),
            (.httpAddress, httpAddress), (.insecure, insecure ? "true" : nil),
            (.schedulerAddress, schedulerAddress), (.schedulerPort, schedulerPort),
            (.schedulerOnly, schedulerOnly ? "true" : nil),
            (.broadcastAddress, overrideBroadcastHostPort),
            (.metricsAddress, metricsAddress), (.metricsPort, metricsPort),
            (.healthzAddress, healthzAddress), (.healthzPort, healthzPort),
            (.maxBodySize, maxBodySize), (.logFormat, logFormat), (.logLevel, logLevel),
            (.logFile, logFile), (.allowedHosts, allowedHosts), (.namespace, namespace),
            (.apiTokenFile, apiTokenFile),
            (.appAPITokenFile, appAPITokenFile), (.maxInFlight, maxInFlight),
            (.jobTimeout, jobTimeout), (.appID, appID), (.httpPort, httpPort),
            (.grpcPort, grpcPort), (.appPort, appPort), (.appProtocol, appProtocol),
        ]
        var flags = dapr.flags(isOpen: isOpen)
        for case (let key, let text?) in log.flags + single { flags[key] = [text] }
        if !appAddresses.isEmpty { flags[.appAddresses] = appAddresses }
        return flags
    }
}
