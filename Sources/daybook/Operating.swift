// What is around the scheduler from before its log is opened until it is closed: the admin listener,
// and the reports to the service manager.

import DaprAPI
import Glibc
import Logging
import Operations
import Scheduler
import Settings

struct Operating {
    /// What runs beside the scheduler.
    struct Opened {
        let supervision: Supervision
        /// Where metrics and health are, as shown.
        let address: String?
    }

    let settings: Settings
    let scheduler: Scheduler

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

    /// The port, once requests are taken there.
    private func listen(
        on port: Int, in group: inout ThrowingTaskGroup<Void, any Error>
    ) async throws -> Int {
        let host = settings.metricsAddress
        let endpoint = AdminEndpoint(
            scheduler: scheduler, softwareVersion: Version.current,
            directory: settings.dataDirectory)
        let server = AdminServer(
            endpoint: endpoint, host: host, port: port,
            logger: Logger(label: "admin-server") { _ in SwiftLogNoOpLogHandler() })
        let (opening, opened) = AsyncThrowingStream<Int, any Error>.makeStream()
        group.addTask {
            do {
                try await server.run { opened.yield($0) }
                opened.finish()
            } catch {
                opened.finish(throwing: error)
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
