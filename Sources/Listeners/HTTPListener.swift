// An HTTP/1.1 listener with a bound on its connections.

package import Hummingbird
import HummingbirdCore
package import Logging
import ServiceLifecycle

package struct HTTPListener<Responder: HTTPResponder>: Sendable
where Responder.Context: InitializableFromSource<ApplicationRequestContextSource> {
    private let responder: Responder
    private let host: String
    private let port: Int
    private let connectionsMax: Int
    private let logger: Logger
    private let onListening: @Sendable (Int) -> Void

    /// Port 0 takes any free one; `onListening` is told which, once requests are taken. Of
    /// connections above `connectionsMax` each waits to be accepted until another ends.
    package init(
        responder: Responder, host: String, port: Int, connectionsMax: Int, logger: Logger,
        onListening: @escaping @Sendable (Int) -> Void
    ) {
        self.responder = responder
        self.host = host
        self.port = port
        self.connectionsMax = connectionsMax
        self.logger = logger
        self.onListening = onListening
    }

    /// Serves until graceful shutdown, or until it is cancelled. Throws `CannotListen`.
    package func run() async throws {
        let onListening = onListening
        let server = Application(
            responder: responder,
            // Who sends nothing for so long has gone, or means no good.
            server: .http1(configuration: .init(idleTimeout: .seconds(60))),
            configuration: ApplicationConfiguration(
                address: .hostname(host, port: port),
                availableConnectionsDelegate: MaximumAvailableConnections(connectionsMax)),
            onServerRunning: { onListening($0.localAddress?.port ?? 0) },
            logger: logger)
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
