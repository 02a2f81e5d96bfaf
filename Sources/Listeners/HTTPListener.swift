// An HTTP/1.1 listener with a limit on its connections. It is Hummingbird's server without its
// application layer, which creates a logger for every request and wakes up every second.

import Glibc
import HTTPTypes
package import HummingbirdCore
package import Logging
package import NIOCore
import NIOPosix
import ServiceLifecycle

package struct HTTPListener: Sendable {
    /// Answers one request; the address is the peer's.
    package typealias Respond = @Sendable (Request, SocketAddress?) async -> Response

    private let host: String
    private let port: Int
    private let connectionsMax: Int
    private let logger: Logger
    private let onListening: @Sendable (Int) -> Void
    private let respond: Respond

    /// Port 0 takes any free port; `onListening` receives the port once requests are accepted. A
    /// connection above `connectionsMax` is accepted when another one ends.
    package init(
        host: String, port: Int, connectionsMax: Int, logger: Logger,
        onListening: @escaping @Sendable (Int) -> Void, respond: @escaping Respond
    ) {
        self.host = host
        self.port = port
        self.connectionsMax = connectionsMax
        self.logger = logger
        self.onListening = onListening
        self.respond = respond
    }

    /// Serves until graceful shutdown, or until it is cancelled. Throws `CannotListen`.
    package func run() async throws {
        let (respond, onListening) = (respond, onListening)
        let dates = HTTPDates()
        // Idle connections are closed: the peer is gone or hostile.
        let server = try HTTPServerBuilder.http1(configuration: .init(idleTimeout: .seconds(60)))
            .buildServer(
                configuration: ServerConfiguration(
                    address: .hostname(host, port: port),
                    availableConnectionsDelegate: MaximumAvailableConnections(connectionsMax)),
                eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: logger
            ) { request, writer, channel in
                var response = await respond(request, channel.remoteAddress)
                response.headers[.date] = dates.text(at: time(nil))
                do {
                    try await writer.write(response: response.head, body: response.body)
                } catch {
                    // Not an error of the reader: those are answered.
                    throw AnswerNotWritten()
                }
            } onServerRunning: {
                onListening($0.localAddress?.port ?? 0)
            }
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [.init(service: server)], logger: logger))
        try await Listener.run {
            try await group.run()
        } stop: {
            await group.triggerGracefulShutdown()
        }
    }
}

private struct AnswerNotWritten: Error {}
