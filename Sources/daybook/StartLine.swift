import DaprAPI
import Logging
import Operations
import Scheduler
import Settings
import Synchronization

/// What is said once, when the requests of all apps are taken. With several apps a line for each
/// goes before it.
final class StartLine: Sendable {
    private let settings: Settings
    private let report: BootReport
    private let admin: Operating.Opened
    private let logger: Logger
    /// By app: where it listens, `nil` inside if it does not, outside if that is not known yet.
    private let ports: Mutex<[Int: Int?]>
    /// One element, when it is said: the port of the first app's listener.
    let serving: AsyncStream<Int?>
    private let isServing: AsyncStream<Int?>.Continuation

    init(settings: Settings, report: BootReport, admin: Operating.Opened, logger: Logger) {
        self.settings = settings
        self.report = report
        self.admin = admin
        self.logger = logger
        ports = Mutex([:])
        (serving, isServing) = AsyncStream.makeStream()
    }

    /// The listener of the app at `index` takes requests, or there will be none: `nil`.
    func opened(_ index: Int, port: Int?) {
        let ports = ports.withLock { ports in
            ports[index] = .some(port)
            return ports
        }
        if settings.apps.count > 1 {
            logger.info("serving an app", metadata: metadata(of: settings.apps[index], port))
        }
        guard ports.count == settings.apps.count else { return }
        admin.supervision.beginServing()
        var metadata: Logger.Metadata = [
            "metrics": "\(admin.address ?? "off")",
            "data-dir": "\(settings.dataDirectory)",
            "jobs": "\(report.jobs)",
            "in-flight": "\(report.inFlight)",
            "head": "\(report.head)",
            "checkpoint": "\(report.checkpoint.map { "\($0)" } ?? "none")",
            "fold": "\(report.nanoseconds / 1_000_000) ms",
            "last-close": report.isAfterCleanClose ? "clean" : "unclean",
            "version": "\(Version.current)",
        ]
        if settings.apps.count == 1 {
            metadata.merge(self.metadata(of: settings.apps[0], port)) { $1 }
        } else {
            metadata["apps"] = "\(settings.apps.count)"
        }
        logger.info("serving", metadata: metadata)
        isServing.yield(ports[0] ?? nil)
        isServing.finish()
    }

    private func metadata(of app: AppSettings, _ port: Int?) -> Logger.Metadata {
        let addresses = app.addresses.map { "\(AppAddress(host: $0.host, port: $0.port))" }
        let http = port.map { "\(AppAddress(host: settings.httpAddress, port: $0))" }
        return [
            "http": "\(http ?? "off")",
            "app": "\(addresses.isEmpty ? "none" : addresses.joined(separator: ", "))",
            "app-id": "\(app.id)",
            "namespace": "\(app.namespace)",
            "token": app.tokens.isEmpty ? "none" : "wanted",
        ]
    }
}
