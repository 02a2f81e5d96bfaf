import DaprHTTP
import EventLog
import LMDBLog
import Listeners
import Logging
import OperatorAPI
import Scheduler
import ServiceLifecycle

/// Serves the operator's API on the socket in the data directory. The log must be open: its lock
/// says that a socket that is there already belongs to a server that has died. Where there can be no
/// socket (some volumes have none), a warning says so, and all else is served.
struct OperatorDoor: Service {
    private let socket: OperatorSocket
    private let server: HTTPServer
    private let logger: Logger
    private let onKnown: @Sendable (String?) -> Void
    private let bound: AsyncStream<Void>
    private let newBound: AsyncStream<Void>.Continuation

    /// `onKnown` receives the path of the socket once requests are accepted, or `nil` if none will be.
    init(
        socket: OperatorSocket, scheduler: Scheduler, unsent: UnsentBytes, logger: Logger,
        isReady: @escaping @Sendable () -> Bool, onKnown: @escaping @Sendable (String?) -> Void
    ) {
        let (bound, newBound) = AsyncStream<Void>.makeStream()
        (self.bound, self.newBound) = (bound, newBound)
        self.socket = socket
        self.logger = logger
        self.onKnown = onKnown
        server = HTTPServer(
            endpoint: OperatorEndpoint(jobs: scheduler, isReady: isReady),
            on: .socket(path: socket.bindingPath), connectionsMax: OperatorLimits.connectionsMax,
            unsent: unsent, bodyBytesMax: OperatorLimits.bodyBytesMax,
            logger: Logger(label: "operator-server") { _ in SwiftLogNoOpLogHandler() },
            onListening: { _ in newBound.yield() })
    }

    /// Serves until graceful shutdown.
    func run() async throws {
        do {
            try socket.prepare()
            try await withThrowingTaskGroup { group in
                group.addTask {
                    defer { newBound.finish() }
                    try await server.run()
                }
                group.addTask { for await _ in bound { publish() } }
                try await group.waitForAll()
            }
        } catch  where !(error is CancellationError) {
            warn(error)
            onKnown(nil)
            try await gracefulShutdown()
        }
    }

    private func publish() {
        do throws(LogError) {
            try socket.publish()
            onKnown(socket.path)
        } catch {
            warn(error)
            onKnown(nil)
        }
    }

    private func warn(_ error: any Error) {
        logger.warning(
            "the operator's API is not served",
            metadata: ["socket": "\(socket.path)", "reason": "\(error)"])
    }
}
