// The process of an app that Daybook starts and stops.
//
// waiting -> (requests are taken) -> running -> (it ends, or the writer has drained) -> ended.

import Glibc
import Jobs
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
    let command: [String]
    private let app: AppSettings
    private let child = Mutex<ChildProcess?>(nil)
    private let ownExitCode = Mutex<Int32?>(nil)
    /// Ends when the writer has drained.
    fileprivate let writing: AsyncStream<Void>
    private let newWriting: AsyncStream<Void>.Continuation

    init(command: [String], app: AppSettings) {
        self.command = command
        self.app = app
        (writing, newWriting) = AsyncStream.makeStream()
    }

    /// What the process ended with, if nobody had asked for a stop by then.
    var exitCode: Int32? { ownExitCode.withLock { $0 } }

    /// Before every line it prints.
    var prefix: String { "\(SafeText.shown(app.id)) | " }

    func hasStarted(_ child: ChildProcess) { self.child.withLock { $0 = child } }

    func hasEnded(_ code: Int32) { ownExitCode.withLock { $0 = code } }

    /// No trigger is in flight any more, or none will be waited for: the app is not needed.
    func writerHasDrained() { newWriting.finish() }

    /// The writer broke: nobody is left to take the app's answers, nor to wait for its end.
    func endAtOnce() { child.withLock { $0?.signal(SIGKILL) } }

    /// What it finds in its environment: ours without what is meant for the server alone, and where
    /// the jobs API is.
    func environment(_ ports: StartLine.Ports) -> [String] {
        var variables = ProcessInfo.processInfo.environment
        // One that is off must not be taken for another's that stands in our own environment.
        variables["DAPR_HTTP_PORT"] = ports.http.number.map { "\($0)" }
        variables["DAPR_GRPC_PORT"] = ports.grpc.number.map { "\($0)" }
        variables["APP_ID"] = app.id
        variables["NAMESPACE"] = app.namespace
        variables["APP_PORT"] = app.port.map { "\($0)" }
        // One token, where ours may hold two: an SDK sends what it finds there as it is.
        variables["DAPR_API_TOKEN"] = app.tokens.first?.text
        variables["DAYBOOK_API_TOKEN"] = nil
        variables["APP_API_TOKEN"] = app.appToken?.text
        // A service manager asks after the server: an app that answers for it would hide its hanging.
        for name in ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"] { variables[name] = nil }
        return variables.map { "\($0)=\($1)" }.sorted()
    }
}

/// Runs the process beside the writer, and stops either with the other. A writer that is told to stop
/// still takes the answers of handlers in flight, for as long as it drains; only then the process is
/// told to end.
struct AppProcessService: Service {
    /// From being told to end to its last line, at the longest.
    static let endDuration = graceDuration + linesDuration
    private static let graceDuration = Duration.seconds(5)
    /// How long its last lines are waited for: something it started may hold the pipe open.
    private static let linesDuration = Duration.seconds(1)

    let process: AppProcess
    let start: StartLine
    let scheduler: Scheduler
    let logger: Logger

    func run() async throws {
        // However it ends, and even if it cannot begin: the writer ends with it, and then the rest.
        defer { scheduler.stop() }
        for await ports in start.serving.cancelOnGracefulShutdown() { try await run(ports) }
    }

    private func run(_ ports: StartLine.Ports) async throws {
        let child = try ChildProcess(
            process.command, environment: process.environment(ports), prefix: process.prefix)
        process.hasStarted(child)
        logger.info("the app's process has started", metadata: ["pid": "\(child.id)"])
        let code = await withTaskGroup(of: Int32?.self) { group in
            group.addTask { await child.end() }
            group.addTask {
                for await _ in process.writing {}
                if !Task.isCancelled {
                    child.signal(SIGTERM)
                    try? await Task.sleep(for: AppProcessService.graceDuration)
                }
                child.signal(SIGKILL)
                return nil
            }
            var code: Int32?
            while code == nil, let ended = await group.next() { code = ended }
            group.cancelAll()
            return code ?? 0
        }
        if scheduler.metrics.liveness.phase == .serving { process.hasEnded(code) }
        await child.lastLines(for: AppProcessService.linesDuration)
        logger.info("the app's process has ended", metadata: ["code": "\(code)"])
    }
}
