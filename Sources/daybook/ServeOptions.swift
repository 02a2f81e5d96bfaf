import ArgumentParser
import DaprAPI
import Jobs
import Logging

/// The flags of `daybook serve`.
struct ServeOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Where the log lives; made if it is missing.", valueName: "dir"))
    var dataDir = "./daybook-data"

    @Option(help: ArgumentHelp("The app whose jobs these are.", valueName: "id"))
    var appID = "app"

    @Option(help: ArgumentHelp("The namespace the app is in.", valueName: "ns"))
    var namespace = "default"

    @Option(
        help: ArgumentHelp(
            "The app's HTTP port. Without it jobs are kept but nobody is called.",
            valueName: "port"))
    var appPort: Int?

    @Option(help: ArgumentHelp("The app's host.", valueName: "host"))
    var appAddress = "127.0.0.1"

    @Option(
        help: ArgumentHelp(
            """
            The port of the jobs API; 0 turns it off, "auto" takes any free one. The line that \
            says "serving" names it.
            """, valueName: "port"))
    var httpPort = ListenPort.fixed(3500)

    @Option(
        help: ArgumentHelp(
            "Where the jobs API listens. Anything but loopback needs --insecure.",
            valueName: "host"))
    var httpAddress = "127.0.0.1"

    @Flag(help: "Let anyone who reaches the address schedule and delete jobs.")
    var insecure = false

    @Option(
        help: ArgumentHelp(
            "The largest request body, in bytes or as 512Ki, 4Mi; 8Mi at most.",
            valueName: "size"))
    var maxBodySize = ByteCount(bytes: DaprAPI.Limits.bodyBytesMax)

    @Option(help: ArgumentHelp("How log lines look: text or json.", valueName: "format"))
    var logFormat = LineLogHandler.Format.text

    @Option(
        help: ArgumentHelp(
            "From which level on to log: trace, debug, info, notice, warning, error, critical.",
            valueName: "level"))
    var logLevel = LogLevel(level: .info)

    mutating func validate() throws {
        guard !dataDir.isEmpty else { throw ValidationError("--data-dir must name a directory") }
        do throws(InvalidField) {
            _ = try scope
        } catch {
            let flag = error.field == "namespace" ? "--namespace" : "--app-id"
            throw ValidationError("\(flag) \(error.reason)")
        }
        if let appPort, !(1...65_535).contains(appPort) {
            throw ValidationError("--app-port must be 1 to 65535, not \(appPort)")
        }
        try checkHost(appAddress, "--app-address")
        try checkHost(httpAddress, "--http-address")
        guard insecure || ServeOptions.isLoopback(httpAddress) else {
            throw ValidationError(
                """
                --http-address \(httpAddress) is open to other hosts, and the API asks nobody who \
                they are; add --insecure if that is meant
                """)
        }
        guard (1...(8 << 20)).contains(maxBodySize.bytes) else {
            throw ValidationError("--max-body-size must be 1 to 8Mi")
        }
    }

    var scope: WireScope {
        get throws(InvalidField) { try WireScope(namespace: namespace, appID: appID) }
    }

    private func checkHost(_ host: String, _ flag: String) throws {
        let allowed = host.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"),
                UInt8(ascii: "_"), UInt8(ascii: ":"):
                true
            default: false
            }
        }
        // One colon is a port that stands in the wrong flag; two and more are IPv6.
        guard !host.isEmpty, allowed, host.count(where: { $0 == ":" }) != 1 else {
            let shown = LogText.escaped(host)
            throw ValidationError(
                "\(flag) must be a host name or an IP address without a port, not \"\(shown)\"")
        }
    }

    private static func isLoopback(_ host: String) -> Bool {
        if host == "localhost" || host == "::1" { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }
}

/// Where to listen, or that nobody should.
enum ListenPort: Equatable, ExpressibleByArgument {
    case off
    case any
    case fixed(Int)

    init?(argument: String) {
        switch (argument, Int(argument)) {
        case ("auto", _): self = .any
        case (_, 0): self = .off
        case (_, .some(let port)) where (1...65_535).contains(port): self = .fixed(port)
        default: return nil
        }
    }

    var defaultValueDescription: String {
        switch self {
        case .off: "0"
        case .any: "auto"
        case .fixed(let port): "\(port)"
        }
    }
}

/// A number of bytes, as `4194304`, `4096Ki` or `4Mi`.
struct ByteCount: Equatable, ExpressibleByArgument {
    let bytes: Int

    init(bytes: Int) { self.bytes = bytes }

    init?(argument: String) {
        let units = [("Ki", 1 << 10), ("Mi", 1 << 20), ("Gi", 1 << 30), ("", 1)]
        for (suffix, size) in units where argument.hasSuffix(suffix) {
            guard let count = Int(argument.dropLast(suffix.count)), count >= 0 else { return nil }
            let (bytes, overflow) = count.multipliedReportingOverflow(by: size)
            guard !overflow else { return nil }
            self.bytes = bytes
            return
        }
        return nil
    }

    var defaultValueDescription: String {
        bytes % (1 << 20) == 0 ? "\(bytes >> 20)Mi" : "\(bytes)"
    }
}

extension LineLogHandler.Format: ExpressibleByArgument {}

/// A level by its name in swift-log.
struct LogLevel: Equatable, ExpressibleByArgument {
    let level: Logger.Level

    init(level: Logger.Level) { self.level = level }

    init?(argument: String) {
        guard let level = Logger.Level(rawValue: argument) else { return nil }
        self.level = level
    }

    static var allValueStrings: [String] { Logger.Level.allCases.map(\.rawValue) }
    var defaultValueDescription: String { level.rawValue }
}
