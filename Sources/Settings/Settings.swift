// What the program is told, understood and checked.

/// What a process is to do, from flags, the environment, a file and what holds without any.
package struct Settings: Sendable {
    package let dataDirectory: String
    /// Records behind a checkpoint that make the next one worth writing.
    package let checkpointInterval: Int
    package let httpAddress: String
    package let scheduler: SchedulerSettings
    package let metricsAddress: String
    package let metricsPort: ListenPort
    package let bodyBytesMax: Int
    package let logFormat: LogFormat
    package let logLevel: LogLevel
    package let apps: [AppSettings]
    /// Every value with where it came from, in the order of the keys.
    package let shown: [ShownSetting]
    /// What was said in vain, each in one line. They may quote names of files, raw; never a value.
    package let warnings: [String]
    /// Whether reading it all again could give other tokens: a file is involved.
    package let canBeReread: Bool

    /// Whether anything but a token, or where it is from, differs.
    package func differsBesidesTokens(from other: Settings) -> Bool {
        func rest(_ settings: Settings) -> [String] {
            settings.shown.filter { !$0.key.hasSuffix(SettingKey.apiToken.rawValue) }
                .map { "\($0.key)=\($0.value)" }
        }
        return rest(self) != rest(other)
    }
}

/// The service that sidecars of Dapr use. It asks nobody for a token, because they have none.
package struct SchedulerSettings: Equatable, Sendable {
    package let host: String
    package let listen: ListenPort
    /// What clients are told to connect to; `nil` is where they came in.
    package let broadcastAddress: String?
}

/// How an app is called.
package enum AppProtocol: String, CaseIterable, Sendable {
    case http
    case grpc
}

/// One app: where its jobs API is, and where it is itself.
package struct AppSettings: Equatable, Sendable {
    package let id: String
    package let namespace: String
    package let listen: ListenPort
    package let listenGRPC: ListenPort
    /// What the app is told it should listen on.
    package let port: Int?
    package let `protocol`: AppProtocol
    /// Its replicas; without any its jobs are kept and nobody is called.
    package let addresses: [Endpoint]
    /// Triggers each of them may hold.
    package let window: Int
    package let timeout: Duration?
    /// Any of them opens the jobs API; none leaves it open.
    package let tokens: [Secret]
    /// What the app is sent.
    package let appToken: Secret?

    /// Whether its jobs API can be reached at all.
    var listens: Bool { listen != .off || listenGRPC != .off }
}

package struct ShownSetting: Equatable, Sendable {
    /// As errors spell it: `http-port`, `apps[0].http-port`.
    package let key: String
    /// Never a token.
    package let value: String
    package let origin: Origin
}

/// Where settings are looked for.
package struct SettingSources: Sendable {
    /// What flags were given, each as often as it was.
    package var flags: [SettingKey: [String]]
    /// `--config`.
    package var configurationPath: String?
    /// A variable of the environment.
    package var variable: @Sendable (String) -> String?
    /// The text of a file; throws why it cannot be read, without its name.
    package var contents: @Sendable (String) throws(SettingsError) -> String

    package init(
        flags: [SettingKey: [String]] = [:], configurationPath: String? = nil,
        variable: @escaping @Sendable (String) -> String?,
        contents: @escaping @Sendable (String) throws(SettingsError) -> String
    ) {
        self.flags = flags
        self.configurationPath = configurationPath
        self.variable = variable
        self.contents = contents
    }
}
