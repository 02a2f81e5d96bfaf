// The process of an app that Daybook starts and stops.
//
// waiting -> (requests are taken) -> running -> (it ends, or is told to) -> ended.

import Glibc
import Logging
import Scheduler
import ServiceLifecycle
import Settings
import Synchronization

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

final class AppProcess: Sendable {
    private enum Phase {
        case running
        case toldToEnd
        case ended(Int32)
    }

    let command: [String]
    private let app: AppSettings
    private let phase = Mutex(Phase.running)

    init(command: [String], app: AppSettings) {
        self.command = command
        self.app = app
    }

    /// What the process ended with, if it was not told to end.
    var exitCode: Int32? {
        if case .ended(let code) = phase.withLock({ $0 }) { code } else { nil }
    }

    /// Before every line it prints.
    var prefix: String { "\(app.id) | " }

    func isToldToEnd() { phase.withLock { $0 = .toldToEnd } }

    func ended(_ code: Int32) {
        phase.withLock { phase in
            if case .running = phase { phase = .ended(code) }
        }
    }

    /// What it finds in its environment: ours, and where the jobs API is.
    func environment(httpPort: Int?) -> [String] {
        var variables = ProcessInfo.processInfo.environment
        variables["DAPR_HTTP_PORT"] = httpPort.map { "\($0)" }
        // There is no such port yet, and another's must not be taken for ours.
        variables["DAPR_GRPC_PORT"] = nil
        variables["APP_ID"] = app.id
        variables["NAMESPACE"] = app.namespace
        variables["APP_PORT"] = app.port.map { "\($0)" }
        variables["DAPR_API_TOKEN"] = app.tokens.first?.text
        variables["APP_API_TOKEN"] = app.appToken?.text
        return variables.map { "\($0)=\($1)" }.sorted()
    }
}

/// Runs the process beside the server, and stops either with the other.
struct AppProcessService: Service {
    private static let graceDuration = Duration.seconds(5)
    /// How long its last lines are waited for: something it started may hold the pipe open.
    private static let linesDuration = Duration.seconds(1)

    let process: AppProcess
    let start: StartLine
    let scheduler: Scheduler
    let logger: Logger

    func run() async throws {
        // However it ends, and even if it cannot begin: the server ends with it.
        defer { scheduler.stop() }
        for await port in start.serving.cancelOnGracefulShutdown() {
            try await run(httpPort: port)
        }
    }

    private func run(httpPort: Int?) async throws {
        let child = try ChildProcess(
            process.command, environment: process.environment(httpPort: httpPort),
            prefix: process.prefix)
        logger.info("the app's process has started", metadata: ["pid": "\(child.id)"])
        let code = await withTaskGroup(of: Int32?.self) { group in
            group.addTask { await child.end() }
            group.addTask {
                do {
                    try await gracefulShutdown()
                    process.isToldToEnd()
                    child.signal(SIGTERM)
                    try await Task.sleep(for: AppProcessService.graceDuration)
                } catch {}
                child.signal(SIGKILL)
                return nil
            }
            var code: Int32?
            while code == nil, let ended = await group.next() { code = ended }
            group.cancelAll()
            return code ?? 0
        }
        await child.lastLines(for: AppProcessService.linesDuration)
        logger.info("the app's process has ended", metadata: ["code": "\(code)"])
        process.ended(code)
    }
}
