// A listener for gRPC on SwiftNIO's HTTP/2. It tolerates frequent pings, because Go's clients ping
// for nearly every frame of data, and pings idle clients itself to detect and close dead
// connections.

package import Listeners
package import NIOCore
package import NIOHPACK
import NIOHTTP2
import NIOPosix
import ServiceLifecycle
import Synchronization

package struct GRPCServer: Service {
    private let shared: ServerShared
    private let host: String
    private let port: Int
    private let bounds: ListenerBounds

    /// `admit` throws for a call that is not admitted; it is called before any of the call's
    /// messages are read. Port 0 takes any free port; `onListening` receives the port once requests
    /// are accepted. A connection above `connectionsMax` is accepted when another one ends.
    package init(
        methods: GRPCMethods, metrics: GRPCMetrics, host: String, port: Int, connectionsMax: Int,
        requestBytesMax: Int, unsent: UnsentBounds = UnsentBounds(),
        admit: @escaping @Sendable (HPACKHeaders) throws(GRPCStatus) -> Void = { _ in },
        onListening: @escaping @Sendable (Int) -> Void
    ) {
        shared = ServerShared(
            methods: methods, metrics: metrics, requestBytesMax: requestBytesMax, unsent: unsent,
            admit: admit)
        self.host = host
        self.port = port
        bounds = ListenerBounds(connectionsMax: connectionsMax, onListening: onListening)
    }

    /// Serves until graceful shutdown, or until it is cancelled. Streams end with a status that the
    /// server is stopping; calls under way are answered. Throws `CannotListen` if it cannot start.
    package func run() async throws {
        let connections = OpenConnections()
        try await Listener.run {
            let listener = try await bootstrap(connections).bind(host: host, port: port).get()
            connections.listen(on: listener)
            try await withTaskCancellationHandler {
                try await listener.closeFuture.get()
                await connections.ended()
            } onCancel: {
                connections.close()
            }
        } stop: {
            connections.quiesce()
        }
    }

    private func bootstrap(_ connections: OpenConnections) -> ServerBootstrap {
        ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelOption(.backlog, value: 256)
            .serverChannelInitializer { [bounds] in bounds.apply(to: $0) }
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { [shared] channel in
                connections.add(channel)
                return channel.eventLoop.makeCompletedFuture {
                    try Self.configure(channel, shared)
                }
            }
    }

    /// Configures a connection as a server's, before its first byte.
    package static func configure(_ channel: any Channel, _ shared: ServerShared) throws {
        let connection = ServerConnection(of: channel, shared)
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandlers([
            IdleStateHandler(readTimeout: GRPCLimits.pingAfter + GRPCLimits.answerWithin),
            SilenceHandler(),
            FrameGuard(isServer: true, metrics: shared.metrics) { connection.end($0, $1) },
        ])
        let management = NIOHTTP2ServerConnectionManagementHandler(
            eventLoop: channel.eventLoop,
            configuration: .init(
                maxIdleTime: nil, maxAge: nil, maxGraceTime: GRPCLimits.endingDuration,
                keepalive: .init(
                    pingInterval: GRPCLimits.pingAfter, ackTimeout: GRPCLimits.answerWithin)))
        let bound = NIOLoopBound(connection, eventLoop: channel.eventLoop)
        _ = try pipeline.configureHTTP2Pipeline(
            mode: .server, connectionConfiguration: .guarded(streamsMax: GRPCLimits.callsMax),
            streamConfiguration: .guarded, streamDelegate: management.http2StreamDelegate
        ) { stream in
            stream.eventLoop.makeCompletedFuture {
                try stream.pipeline.syncOperations.addHandler(ServerCall(of: bound.value))
            }
        }
        try pipeline.addHandlers([management, ErrorSink()])
    }
}

/// The connections of one listener, and the listener itself.
private final class OpenConnections: Sendable {
    private struct State {
        var listener: (any Channel)?
        var isStopping = false
        var channels: [ObjectIdentifier: any Channel] = [:]
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    func listen(on listener: any Channel) {
        let isStopping = state.withLock { state in
            state.listener = listener
            return state.isStopping
        }
        if isStopping { listener.close(promise: nil) }
    }

    func add(_ channel: any Channel) {
        let isStopping = state.withLock { state in
            state.channels[ObjectIdentifier(channel)] = channel
            return state.isStopping
        }
        if isStopping { channel.close(promise: nil) }
        channel.closeFuture.whenComplete { _ in self.remove(channel) }
    }

    /// Accepts no more connections; existing ones end when their calls do.
    func quiesce() {
        let (listener, channels) = state.withLock { state in
            state.isStopping = true
            return (state.listener, Array(state.channels.values))
        }
        listener?.close(promise: nil)
        for channel in channels {
            channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
        }
    }

    func close() {
        quiesce()
        for channel in state.withLock({ Array($0.channels.values) }) {
            channel.close(promise: nil)
        }
    }

    /// Returns when there are no connections left.
    func ended() async {
        await withCheckedContinuation { waiter in
            let isOver = state.withLock { state in
                if state.channels.isEmpty { return true }
                state.waiter = waiter
                return false
            }
            if isOver { waiter.resume() }
        }
    }

    private func remove(_ channel: any Channel) {
        let waiter = state.withLock { state in
            state.channels[ObjectIdentifier(channel)] = nil
            guard state.channels.isEmpty else { return nil as CheckedContinuation<Void, Never>? }
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume()
    }
}
