// A listener for gRPC. It is lenient with clients that ping, because Dapr's do every few seconds,
// and pings idle ones itself, so that one that has gone is noticed, and closed.

package import DaprAPI
package import GRPCCore
import GRPCNIOTransportHTTP2Posix
import Listeners
import NIOCore
import ServiceLifecycle

package struct GRPCListener: Service {
    private let services: [any RegistrableRPCService]
    private let access: APIAccess?
    private let host: String
    private let port: Int
    private let connectionsMax: Int
    private let requestBytesMax: Int
    private let onListening: @Sendable (Int) -> Void

    /// Without `access` nobody is asked for a token. Port 0 takes any free one; `onListening` is told
    /// which, once requests are taken. Of connections above `connectionsMax` each waits to be
    /// accepted until another ends.
    package init(
        services: [any RegistrableRPCService], access: APIAccess? = nil, host: String,
        port: Int, connectionsMax: Int, requestBytesMax: Int,
        onListening: @escaping @Sendable (Int) -> Void
    ) {
        self.services = services
        self.access = access
        self.host = host
        self.port = port
        self.connectionsMax = connectionsMax
        self.requestBytesMax = requestBytesMax
        self.onListening = onListening
    }

    /// Serves until graceful shutdown; throws if it cannot listen.
    package func run() async throws {
        let server = GRPCServer(
            transport: transport, services: services,
            interceptors: access.map { [TokenCheck(access: $0)] } ?? [])
        try await Listener.run {
            do {
                try await server.serve()
            } catch let error as RuntimeError where error.code == .serverIsStopped {
                // It was told to stop before it had begun.
            } catch let error as RuntimeError {
                throw error.cause ?? error
            }
        } stop: {
            server.beginGracefulShutdown()
        }
    }

    private var transport: HTTP2ServerTransport.Posix {
        let bounds = ConnectionBounds(
            connectionsMax: connectionsMax,
            silenceMax: TimeAmount(Limits.pingAfter + Limits.answerWithin),
            onListening: onListening)
        return .http2NIOPosix(
            address: host.contains(":")
                ? .ipv6(host: host, port: port) : .ipv4(host: host, port: port),
            transportSecurity: .plaintext,
            config: .defaults {
                // Announced, and enforced: left alone, 100 are enforced and none is announced.
                $0.http2.maxConcurrentStreams = Limits.callsMax
                $0.rpc.maxRequestPayloadSize = Limits.resetFactor * requestBytesMax
                $0.connection.keepalive = .init(
                    time: Limits.pingAfter, timeout: Limits.answerWithin,
                    clientBehavior: .init(
                        minPingIntervalWithoutCalls: Limits.pingInterval,
                        allowWithoutCalls: true))
                // Made for debugging, and the one way to the sockets.
                $0.channelDebuggingCallbacks.onBindTCPListener = { bounds.apply(toListener: $0) }
                $0.channelDebuggingCallbacks.onAcceptTCPConnection = {
                    bounds.apply(toConnection: $0)
                }
            })
    }
}
