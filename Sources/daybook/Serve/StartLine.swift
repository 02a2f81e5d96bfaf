import DaprAPI
import Failpoints
import Logging
import Operations
import Scheduler
import Settings
import Synchronization

/// The log line printed once, when requests of all apps are accepted. With several apps it is
/// preceded by a line for each.
final class StartLine: Sendable {
    private let settings: Settings
    private let report: BootReport
    private let admin: Operating.Opened
    private let logger: Logger
    private let opened: Mutex<Opened>
    /// One element, when the line is printed: the ports of the first app.
    let serving: AsyncStream<Ports>
    private let isServing: AsyncStream<Ports>.Continuation

    /// The listeners known so far.
    private struct Opened {
        var apps: [Ports]
        var scheduler = Port.opening
        /// The file of the operator's socket, or "off".
        var operatorSocket: String?

        var isKnown: Bool {
            apps.allSatisfy(\.isKnown) && scheduler != .opening && operatorSocket != nil
        }
    }

    /// The listeners of one app.
    struct Ports: Sendable {
        var http = Port.opening
        var grpc = Port.opening

        var isKnown: Bool { http != .opening && grpc != .opening }
    }

    enum Port: Equatable, Sendable {
        case opening
        case off
        case open(Int)

        var number: Int? { if case .open(let number) = self { number } else { nil } }
    }

    init(settings: Settings, report: BootReport, admin: Operating.Opened, logger: Logger) {
        self.settings = settings
        self.report = report
        self.admin = admin
        self.logger = logger
        opened = Mutex(Opened(apps: settings.apps.map { _ in Ports() }))
        (serving, isServing) = AsyncStream.makeStream()
    }

    /// A listener of the app at `index` accepts requests, or there will be none.
    func opened(
        _ index: Int, _ listener: any WritableKeyPath<Ports, Port> & Sendable, _ port: Port
    ) {
        let opened = opened.withLock { opened in
            opened.apps[index][keyPath: listener] = port
            return opened
        }
        let ports = opened.apps[index]
        if settings.apps.count > 1, ports.isKnown {
            logger.info("serving an app", metadata: metadata(of: settings.apps[index], ports))
        }
        sayIfAllAreKnown(opened)
    }

    /// Whether all listeners accept requests.
    var isComplete: Bool { opened.withLock { $0.isKnown } }

    /// The listener of the scheduler service accepts requests, or there will be none.
    func openedScheduler(_ port: Port) {
        sayIfAllAreKnown(
            opened.withLock { opened in
                opened.scheduler = port
                return opened
            })
    }

    /// The operator's API accepts requests on the socket at `path`, or will not be served.
    @Sendable func openedOperatorDoor(_ path: String?) {
        sayIfAllAreKnown(
            opened.withLock { opened in
                opened.operatorSocket = path ?? "off"
                return opened
            })
    }

    /// Each listener reports once, so exactly one report completes the set.
    private func sayIfAllAreKnown(_ opened: Opened) {
        guard opened.isKnown else { return }
        admin.supervision.beginServing()
        var metadata: Logger.Metadata = [
            "scheduler": "\(shown(opened.scheduler, at: settings.scheduler.host))",
            "metrics": "\(admin.metrics ?? "off")",
            "operator": "\(opened.operatorSocket ?? "")",
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
            metadata.merge(self.metadata(of: settings.apps[0], opened.apps[0])) { $1 }
        } else {
            metadata["apps"] = "\(settings.apps.count)"
        }
        if let health = admin.health { metadata["health"] = "\(health)" }
        logger.info("serving", metadata: metadata)
        for app in settings.apps where app.addresses.isEmpty && app.listen != .off {
            logger.notice(
                "no app is called: jobs wait until a sidecar connects, or a start with --app-port",
                metadata: ["app-id": "\(app.id)"])
        }
        Failpoint.serving.hit()
        isServing.yield(opened.apps.first ?? Ports(http: .off, grpc: .off))
        isServing.finish()
    }

    private func metadata(of app: AppSettings, _ ports: Ports) -> Logger.Metadata {
        let addresses = app.addresses.map { "\(AppAddress(host: $0.host, port: $0.port))" }
        return [
            "http": "\(shown(ports.http, at: settings.httpAddress))",
            "grpc": "\(shown(ports.grpc, at: settings.httpAddress))",
            "app": "\(addresses.isEmpty ? "none" : addresses.joined(separator: ", "))",
            "app-id": "\(app.id)",
            "namespace": "\(app.namespace)",
            "token": app.tokens.isEmpty ? "none" : "required",
        ]
    }

    private func shown(_ port: Port, at host: String) -> String {
        port.number.map { "\(AppAddress(host: host, port: $0))" } ?? "off"
    }
}
