// The process of an app that Daybook starts and stops.
//
// waiting -> (requests are accepted) -> running -> (it ends, or the writer has drained) -> ended.

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

    /// The process's exit code, if it ended before a stop was requested.
    var exitCode: Int32? { ownExitCode.withLock { $0 } }

    /// The prefix of every line it prints.
    var prefix: String { "\(SafeText.shown(app.id)) | " }

    func hasStarted(_ child: ChildProcess) { self.child.withLock { $0 = child } }

    func hasEnded(_ code: Int32) { ownExitCode.withLock { $0 = code } }

    /// No trigger is in flight any more, or none is waited for: the app is not needed.
    func writerHasDrained() { newWriting.finish() }

    /// The writer broke: the app's answers can no longer be accepted, and its end is not awaited.
    func endAtOnce() { child.withLock { $0?.signal(SIGKILL) } }

    /// Its environment: Daybook's own without the variables meant for the server alone, and the
    /// ports of the jobs API.
    func environment(_ ports: StartLine.Ports) -> [String] {
        var variables = ProcessInfo.processInfo.environment
        // If a port is off, a value inherited from Daybook's environment must not be mistaken for
        // it.
        variables["DAPR_HTTP_PORT"] = ports.http.number.map { "\($0)" }
        variables["DAPR_GRPC_PORT"] = ports.grpc.number.map { "\($0)" }
        variables["APP_ID"] = app.id
        variables["NAMESPACE"] = app.namespace
        variables["APP_PORT"] = app.port.map { "\($0)" }
        // One token, although Daybook's own variable may hold two: an SDK sends the value
        // unchanged.
        variables["DAPR_API_TOKEN"] = app.tokens.first?.text
        variables["DAYBOOK_API_TOKEN"] = nil
        variables["APP_API_TOKEN"] = app.appToken?.text
        // The service manager watches the server: an app that answered in its place would hide that
        // it hangs.
        for name in ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"] { variables[name] = nil }
        return variables.map { "\($0)=\($1)" }.sorted()
    }
}

/// Runs the process beside the writer; if one ends, so does the other. A stopping writer accepts
/// the answers of handlers in flight while it drains; only then is the process told to end.
struct AppProcessService: Service {
    /// The longest time from the signal to end until its last line.
    static let endDuration = graceDuration + linesDuration
    private static let graceDuration = Duration.seconds(5)
    /// How long to wait for its last lines: a process it started may hold the pipe open.
    private static let linesDuration = Duration.seconds(1)

    let process: AppProcess
    let start: StartLine
    let scheduler: Scheduler
    let logger: Logger

    func run() async throws {
        // However it ends, and even if it cannot start: the writer ends with it, and then
        // everything else.
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
