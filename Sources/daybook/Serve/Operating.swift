// What runs from before the log is opened until it is closed: the admin listener, and the reports
// to the service manager.

import Apps
import DaprAPI
import DaprGRPC
import Glibc
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
        /// The address of metrics and health, as shown.
        let address: String?
    }

    let settings: Settings
    let scheduler: Scheduler
    let logger: Logger
    /// Metrics from outside the scheduler.
    let others: @Sendable () -> [MetricFamily]

    /// Runs `body` with the admin listener open. Throws before `body` begins if it cannot be opened.
    func around(_ body: (Opened) async throws -> Void) async throws {
        let manager = ServiceManager { name in getenv(name).map { String(cString: $0) } }
        let supervision = Supervision(of: scheduler, by: manager)
        try await withThrowingTaskGroup { group in
            group.addTask { await supervision.run() }
            let port: Int? =
                switch settings.metricsPort {
                case .off: nil
                case .any: try await listen(on: 0, in: &group)
                case .fixed(let port): try await listen(on: port, in: &group)
                }
            let address = port.map { "\(AppAddress(host: settings.metricsAddress, port: $0))" }
            try await body(Opened(supervision: supervision, address: address))
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

    /// The port, once it accepts requests.
    private func listen(
        on port: Int, in group: inout ThrowingTaskGroup<Void, any Error>
    ) async throws -> Int {
        let host = settings.metricsAddress
        let endpoint = AdminEndpoint(
            scheduler: scheduler, softwareVersion: Version.current,
            directory: settings.dataDirectory, others: others)
        let server = AdminServer(
            endpoint: endpoint, host: host, port: port,
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
                    "metrics and health are no longer served", metadata: ["reason": "\(error)"])
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
