// What runs from before the log is opened until it is closed: the admin listener, and the reports
// to the service manager.

import Apps
import DaprAPI
import DaprGRPC
import Glibc
import Listeners
import Logging
import Operations
import OperatorAPI
import Scheduler
import Settings
import Synchronization
import Telemetry

struct Operating {
    /// The state of what runs beside the scheduler.
    struct Opened {
        let supervision: Supervision
        /// The addresses of metrics and health, and of health alone, as shown.
        let metrics: String?
        let health: String?
    }

    let settings: Settings
    let scheduler: Scheduler
    /// What clients do not read, of all listeners.
    let unsent: UnsentBytes
    let logger: Logger
    /// Metrics from outside the scheduler.
    let others: @Sendable () -> [MetricFamily]

    /// Runs `body` with the admin listener open. Throws before `body` begins if it cannot be opened.
    func around(_ body: (Opened) async throws -> Void) async throws {
        let manager = ServiceManager { name in getenv(name).map { String(cString: $0) } }
        let supervision = Supervision(of: scheduler, by: manager)
        try await withThrowingTaskGroup { group in
            group.addTask { await supervision.run() }
            let endpoint = AdminEndpoint(
                scheduler: scheduler, softwareVersion: Version.current,
                directory: settings.dataDirectory, logger: logger,
                isListening: { supervision.isServing },
                others: others)
            let metrics = try await open(
                settings.metricsPort, at: settings.metricsAddress, endpoint, in: &group)
            let health = try await open(
                settings.healthzPort, at: settings.healthzAddress, endpoint.ofHealthAlone,
                in: &group)
            try await body(Opened(supervision: supervision, metrics: metrics, health: health))
            supervision.beginStopping()
            group.cancelAll()
        }
    }

    /// Raises the limit of open descriptors. Throws if it stays too low, rather than serving with
    /// fewer connections: the operator learns of it at the start and not from failing attempts
    /// under load.
    static func makeRoom(for settings: Settings) throws(Failure) {
        let need = DescriptorNeed(of: settings)
        let limit = DescriptorLimit.raise()
        guard need.count <= limit else {
            throw Failure(
                code: Failure.usage,
                reason: """
                    the settings can come to need \(need.count) open descriptors, and \(limit) are \
                    allowed: raise the limit (ulimit -Hn, LimitNOFILE= of systemd), or lower \
                    max-in-flight, turn off listeners, or have fewer apps or replicas
                    """)
        }
    }

    /// The address as shown, once it accepts requests; `nil` if it is off.
    private func open(
        _ port: ListenPort, at host: String, _ endpoint: AdminEndpoint,
        in group: inout ThrowingTaskGroup<Void, any Error>
    ) async throws -> String? {
        guard let port = port.number else { return nil }
        let opened = try await listen(on: port, at: host, endpoint, in: &group)
        return "\(AppAddress(host: host, port: opened))"
    }

    /// The port, once it accepts requests.
    private func listen(
        on port: Int, at host: String, _ endpoint: AdminEndpoint,
        in group: inout ThrowingTaskGroup<Void, any Error>
    ) async throws -> Int {
        let server = AdminServer(
            endpoint: endpoint, host: host, port: port, unsent: unsent,
            logger: Logger(label: "admin-server") { _ in SwiftLogNoOpLogHandler() })
        let (opening, opened) = AsyncThrowingStream<Int, any Error>.makeStream()
        let isOpen = Atomic<Bool>(false)
        group.addTask {
            do {
                try await server.run {
                    isOpen.store(true, ordering: .relaxed)
                    opened.yield($0)
                }
                opened.finish()
            } catch {
                opened.finish(throwing: error)
                // Once it is open, nothing waits for the result any more.
                guard isOpen.load(ordering: .relaxed) else { return }
                logger.error(
                    "metrics or health are no longer served",
                    metadata: ["address": "\(host):\(port)", "reason": "\(error)"])
            }
        }
        do {
            for try await port in opening { return port }
            throw CancellationError()
        } catch {
            throw Failure(
                code: Failure.cannotOpen,
                reason: "cannot listen on \(host) port \(port): \(error)")
        }
    }
}

extension DescriptorNeed {
    fileprivate init(of settings: Settings) {
        let listeners =
            settings.apps.flatMap { [$0.listen, $0.listenGRPC] }
            .map { ($0, WireLimits.connectionsMax) }
            + [(settings.scheduler.listen, SidecarLimits.schedulerConnectionsMax)]
        self.init(
            listeners: listeners.filter { $0.0 != .off }.map(\.1)
                + [OperatorLimits.connectionsMax],
            replicas: settings.apps.flatMap { app in
                app.addresses.map { _ in
                    switch app.protocol {
                    case .http: HTTPAppCalls.connectionsMax(of: UInt32(app.window))
                    case .grpc: GRPCAppCalls.connectionsMax
                    }
                }
            },
            processors: sysconf(Int32(_SC_NPROCESSORS_ONLN)))
    }
}

extension ListenPort {
    /// 0 for any free port; `nil` if nothing listens.
    var number: Int? {
        switch self {
        case .off: nil
        case .any: 0
        case .fixed(let port): port
        }
    }
}
