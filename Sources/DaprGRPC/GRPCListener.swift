// A listener for gRPC. It is lenient with clients that ping, because Dapr's do every few seconds,
// and pings idle ones itself, so that one that has gone is noticed.

package import DaprAPI
package import GRPCCore
import GRPCNIOTransportHTTP2Posix
import ServiceLifecycle

package struct GRPCListener: Service {
    private let services: [any RegistrableRPCService]
    private let access: APIAccess
    private let host: String
    private let port: Int
    private let requestBytesMax: Int
    private let onListening: @Sendable (Int) -> Void

    /// Port 0 takes any free one; `onListening` is told which, once requests are taken.
    package init(
        services: [any RegistrableRPCService], access: APIAccess = APIAccess(), host: String,
        port: Int, requestBytesMax: Int, onListening: @escaping @Sendable (Int) -> Void
    ) {
        self.services = services
        self.access = access
        self.host = host
        self.port = port
        self.requestBytesMax = requestBytesMax
        self.onListening = onListening
    }

    /// Serves until graceful shutdown; throws if it cannot listen.
    package func run() async throws {
        let server = GRPCServer(
            transport: .http2NIOPosix(
                address: host.contains(":")
                    ? .ipv6(host: host, port: port) : .ipv4(host: host, port: port),
                transportSecurity: .plaintext,
                config: .defaults {
                    $0.rpc.maxRequestPayloadSize = Limits.resetFactor * requestBytesMax
                    $0.connection.keepalive = .init(
                        time: Limits.pingAfter, timeout: Limits.answerWithin,
                        clientBehavior: .init(
                            minPingIntervalWithoutCalls: Limits.pingInterval,
                            allowWithoutCalls: true))
                }),
            services: services,
            interceptors: [TokenCheck(access: access), SizeCheck(bytesMax: requestBytesMax)])
        try await withThrowingTaskGroup { group in
            group.addTask {
                do {
                    try await server.serve()
                } catch let error as RuntimeError {
                    throw CannotListen(reason: "\(error.cause.map { "\($0)" } ?? error.message)")
                }
            }
            group.addTask {
                let address = try await server.transport.listeningAddress
                onListening(address.ipv4?.port ?? address.ipv6?.port ?? port)
                try await gracefulShutdown()
                server.beginGracefulShutdown()
                // Streams that stay open are not waited for.
                try await Task.sleep(for: Limits.closingDuration)
            }
            do {
                try await group.next()
            } catch is CancellationError {}
            group.cancelAll()
        }
    }
}
