// An HTTP/1.1 listener with a limit on its connections, on a port or on a Unix socket. It is
// Hummingbird's server without its application layer, which creates a logger for every request and
// wakes up every second.

import Glibc
import HTTPTypes
package import HummingbirdCore
package import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle

package struct HTTPListener: Sendable {
    package enum Address: Sendable {
        /// Port 0 takes any free port.
        case host(String, port: Int)
        /// A file that must not exist; the path must be short enough for an address.
        case socket(path: String)
    }

    /// Answers one request. The text says who asks: address and port, or for a Unix socket the
    /// user and the process that have connected, as the kernel tells them.
    package typealias Respond = @Sendable (Request, String) async -> Response

    private let address: Address
    private let takesBody: TakesBody
    private let connectionsMax: Int
    private let unsent: UnsentBytes
    private let logger: Logger
    private let onListening: @Sendable (Int) -> Void
    private let respond: Respond

    /// `onListening` receives the port, 0 for a Unix socket, once requests are accepted. A
    /// connection above `connectionsMax` is accepted when another one ends, and one that rests makes room for it.
    package init(
        on address: Address, connectionsMax: Int, unsent: UnsentBytes, logger: Logger,
        takesBody: @escaping TakesBody = { _, _, _ in true },
        onListening: @escaping @Sendable (Int) -> Void, respond: @escaping Respond
    ) {
        self.address = address
        self.takesBody = takesBody
        self.connectionsMax = connectionsMax
        self.unsent = unsent
        self.logger = logger
        self.onListening = onListening
        self.respond = respond
    }

    /// Serves until graceful shutdown, or until it is cancelled. Throws `CannotListen`.
    package func run() async throws {
        let (respond, onListening, takesBody) = (respond, onListening, takesBody)
        let unsent = unsent
        let dates = HTTPDates()
        let connections = Connections(max: connectionsMax)
        let needsHost = if case .host = address { true } else { false }
        // Idle connections are closed: the peer is gone or hostile. Clients and proxies keep theirs for
        // a minute, and must not send a request just as it is closed here.
        let server = try HTTPServerBuilder.http1(
            configuration: .init(
                additionalChannelHandlers: [
                    ConnectionWatch(
                        connections, unsent, needsHost: needsHost, takesBody: takesBody)
                ],
                idleTimeout: .seconds(75))
        ).buildServer(
            configuration: ServerConfiguration(
                address: address.bound,
                availableConnectionsDelegate: MaximumAvailableConnections(connectionsMax)),
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: logger
        ) { request, writer, channel in
            var response = await respond(request, await Peer.shown(of: channel))
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

extension HTTPListener.Address {
    fileprivate var bound: BindAddress {
        switch self {
        case .host(let host, let port): .hostname(host, port: port)
        case .socket(let path): .unixDomainSocket(path: path)
        }
    }
}

/// The other end of a connection.
private enum Peer {
    /// `struct ucred` of unix(7), which is hidden from Swift.
    private struct Credentials {
        var pid: pid_t
        var uid: uid_t
        var gid: gid_t
    }

    static func shown(of channel: any Channel) async -> String {
        if let ip = channel.remoteAddress?.ipAddress {
            return "\(ip):\(channel.remoteAddress?.port ?? 0)"
        }
        guard let channel = channel as? any SocketOptionProvider,
            let credentials: Credentials = try? await channel.unsafeGetSocketOption(
                level: .socket, name: NIOBSDSocket.Option(rawValue: SO_PEERCRED)
            ).get()
        else { return "unknown" }
        return "uid \(credentials.uid), pid \(credentials.pid)"
    }
}

private struct AnswerNotWritten: Error {}
