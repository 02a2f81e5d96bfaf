// The settings of the program, interpreted and checked.

/// The settings of a process, from flags, the environment, a file and defaults.
package struct Settings: Sendable {
    package let dataDirectory: String
    package let log: LogSettings
    package let httpAddress: String
    /// Names by which clients of this machine may call it, besides its own.
    package let allowedHosts: [String]
    package let scheduler: SchedulerSettings
    package let metricsAddress: String
    package let metricsPort: ListenPort
    /// Health alone, beside the port of the metrics, which has it too.
    package let healthzAddress: String
    package let healthzPort: ListenPort
    package let bodyBytesMax: Int
    package let logFormat: LogFormat
    package let logLevel: LogLevel
    /// Where log lines go instead of standard error.
    package let logFile: String?
    package let apps: [AppSettings]
    /// Every value with its origin, in the order of the keys.
    package let shown: [ShownSetting]
    /// Values that have no effect, one line each. They may quote file names unescaped, but never a
    /// value.
    package let warnings: [String]
    /// Whether reading the settings again could give other tokens, because a file is involved.
    package let canBeReread: Bool

    /// Whether anything other than a token or its origin differs.
    package func differsBesidesTokens(from other: Settings) -> Bool {
        func rest(_ settings: Settings) -> [String] {
            settings.shown.filter { !$0.key.hasSuffix(SettingKey.apiToken.rawValue) }
                .map { "\($0.key)=\($0.value)" }
        }
        return rest(self) != rest(other)
    }
}

/// How the log and its clock are kept.
package struct LogSettings: Equatable, Sendable {
    /// The number of records after a checkpoint at which the next one is written.
    package let checkpointInterval: Int
    /// The longest jump of the clock forward that is believed at once.
    package let clockJumpMax: Duration
    /// A segment is sealed when it has so many bytes.
    package let segmentBytes: Int
    /// Or when its first turn is so long ago.
    package let segmentAge: Duration
    /// For how long records are kept; `nil` is for ever.
    package let retain: Duration?
    /// How many bytes of segments are kept; `nil` is without a bound.
    package let retainBytes: Int?
    /// Where segments are kept before they are removed.
    package let archiveDirectory: String?
}

/// The service that Dapr's sidecars use. It requires no token, because sidecars have none.
package struct SchedulerSettings: Equatable, Sendable {
    package let host: String
    package let listen: ListenPort
    /// The address clients are told to connect to; `nil` means the one they connected to.
    package let broadcastAddress: String?
    /// How long a stream may leave a trigger unanswered.
    package internal(set) var timeout: Duration?
}

/// How an app is called.
package enum AppProtocol: String, CaseIterable, Sendable {
    case http
    case grpc
}

/// One app: the addresses of its jobs API and of the app itself.
package struct AppSettings: Equatable, Sendable {
    package let id: String
    package let namespace: String
    package let listen: ListenPort
    package let listenGRPC: ListenPort
    /// The port the app should listen on.
    package let port: Int?
    package let `protocol`: AppProtocol
    /// Its replicas; without any its jobs are kept and no app is called.
    package let addresses: [Endpoint]
    /// Triggers each replica may have in flight.
    package let window: Int
    package let timeout: Duration?
    /// The jobs API accepts any of these tokens; without any it is open to everybody.
    package let tokens: [Secret]
    /// The token sent to the app.
    package let appToken: Secret?

    /// Whether its jobs API listens at all.
    var listens: Bool { listen != .off || listenGRPC != .off }
}

package struct ShownSetting: Equatable, Sendable {
    /// The key in the form used in errors: `http-port`, `apps[0].http-port`.
    package let key: String
    /// The value as shown; never a token.
    package let value: String
    package let origin: Origin
}

/// The sources of settings.
package struct SettingSources: Sendable {
    /// The flags given, with one text for each occurrence.
    package var flags: [SettingKey: [String]]
    /// Values that take the place of defaults.
    package var fallbacks: [SettingKey: Fallback]
    /// The value of `--config`.
    package var configurationPath: String?
    /// A value that is used where nothing else is said, and the flag it follows from.
    package struct Fallback: Equatable, Sendable {
        package let text: String
        package let flag: String

        package init(_ text: String, flag: String) {
            self.text = text
            self.flag = flag
        }
    }

    /// Reads an environment variable.
    package var variable: @Sendable (String) -> String?
    /// Reads a file; throws the reason why it cannot be read, without the file's name.
    package var contents: @Sendable (String) throws(SettingsError) -> String

    package init(
        flags: [SettingKey: [String]] = [:], fallbacks: [SettingKey: Fallback] = [:],
        configurationPath: String? = nil,
        variable: @escaping @Sendable (String) -> String?,
        contents: @escaping @Sendable (String) throws(SettingsError) -> String
    ) {
        self.flags = flags
        self.fallbacks = fallbacks
        self.configurationPath = configurationPath
        self.variable = variable
        self.contents = contents
    }
}
