import DaprHTTP
import LMDBLog
import Listeners
import Logging
import OperatorAPI
import Scheduler
import ServiceLifecycle

/// Serves the operator's API on the socket in the data directory. The log must be open: its lock
/// says that a socket that is there already belongs to a server that has died.
struct OperatorDoor: Service {
    private let socket: OperatorSocket
    private let server: HTTPServer
    private let onListening: @Sendable () -> Void
    private let bound: AsyncStream<Void>
    private let newBound: AsyncStream<Void>.Continuation

    /// `onListening` is called once requests are accepted.
    init(
        socket: OperatorSocket, scheduler: Scheduler, isReady: @escaping @Sendable () -> Bool,
        onListening: @escaping @Sendable () -> Void
    ) {
        let (bound, newBound) = AsyncStream<Void>.makeStream()
        (self.bound, self.newBound) = (bound, newBound)
        self.socket = socket
        self.onListening = onListening
        server = HTTPServer(
            endpoint: OperatorEndpoint(jobs: scheduler, isReady: isReady),
            on: .socket(path: socket.bindingPath), connectionsMax: OperatorLimits.connectionsMax,
            bodyBytesMax: OperatorLimits.bodyBytesMax,
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
                group.addTask {
                    for await _ in bound {
                        try socket.publish()
                        onListening()
                    }
                }
                try await group.waitForAll()
            }
        } catch {
            throw Failure(
                code: Failure.cannotOpen, reason: "cannot listen on \(socket.path): \(error)")
        }
    }
}
