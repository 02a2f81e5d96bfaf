// The connections of one client: the one used for new calls, and those that end as soon as their
// calls have.
//
// none -> connecting -> (the other side's SETTINGS have come) -> ready -> (GOAWAY, or closed) ->
// none. A call made while connecting waits for the connection or for the failure.

package import NIOCore
import NIOHTTP2

/// Makes a connection on a loop, and configures it with the given closure before the first byte.
package typealias GRPCConnect =
    @Sendable (
        any EventLoop, @escaping @Sendable (any Channel) -> EventLoopFuture<Void>
    ) -> EventLoopFuture<any Channel>

/// Why there is no connection.
struct NoConnection: Error {
    let reason: String
}

/// Confined to one event loop.
final class ClientConnections {
    typealias Waiter = (Result<ClientConnection, NoConnection>) -> Void

    private let loop: any EventLoop
    private let metrics: GRPCMetrics
    private let authority: String
    private let connect: GRPCConnect
    private var ready: ClientConnection?
    private var isConnecting = false
    private var isClosed = false
    private var waiters: [Waiter] = []

    init(
        to authority: String, on loop: any EventLoop, metrics: GRPCMetrics,
        connect: @escaping GRPCConnect
    ) {
        self.authority = authority
        self.loop = loop
        self.metrics = metrics
        self.connect = connect
    }

    func start(_ call: ClientCall, timeout: TimeAmount?) {
        if let timeout { call.setTimer(timeout, on: loop) }
        carry(call)
    }

    /// Gives the call a stream, now or once there is a connection.
    func carry(_ call: ClientCall) {
        guard !call.isOver else { return }
        guard call.attempts < GRPCLimits.callAttempts else {
            return call.end(.neverSent(reason: "the server begins with no call"))
        }
        call.attempts += 1
        withConnection { connection in
            switch connection {
            case .success(let connection): connection.carry(call)
            case .failure(let failure): call.end(.neverSent(reason: failure.reason))
            }
        }
    }

    func withConnection(_ waiter: @escaping Waiter) {
        if isClosed { return waiter(.failure(NoConnection(reason: "the client is closed"))) }
        if let ready { return waiter(.success(ready)) }
        waiters.append(waiter)
        guard !isConnecting else { return }
        isConnecting = true
        let bound = NIOLoopBound(self, eventLoop: loop)
        connect(loop) { channel in
            channel.eventLoop.makeCompletedFuture { try bound.value.configure(channel) }
        }.whenFailure { error in
            bound.value.settle(.failure(NoConnection(reason: "\(error)")))
        }
    }

    func close() {
        isClosed = true
        ready?.close()
    }

    private func configure(_ channel: any Channel) throws {
        TCPPatience.apply(to: channel)
        let connection = ClientConnection(of: self, authority: authority)
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(
            FrameGuard(isServer: false, metrics: metrics) { _, close in close() })
        let multiplexer = try pipeline.configureHTTP2Pipeline(
            mode: .client, connectionConfiguration: .guarded(streamsMax: GRPCLimits.callsMax),
            streamConfiguration: .guarded
        ) { stream in
            // Servers cannot open streams: the settings disable pushes.
            stream.close()
        }
        connection.open = { multiplexer.createStreamChannel(promise: $0, $1) }
        try pipeline.addHandler(connection)
    }

    /// Ends the attempt to connect with a connection or a failure.
    func settle(_ result: Result<ClientConnection, NoConnection>) {
        guard isConnecting else { return }
        isConnecting = false
        if case .success(let connection) = result { ready = connection }
        let waiters = waiters
        self.waiters = []
        for waiter in waiters { waiter(result) }
        if isClosed { ready?.close() }
    }

    /// Uses this connection for no more calls.
    func forget(_ connection: ClientConnection) {
        if ready === connection { ready = nil }
    }
}

/// One connection, from its first byte; the last handler of its pipeline.
final class ClientConnection: ChannelInboundHandler {
    typealias InboundIn = HTTP2Frame

    /// Opens a stream.
    var open:
        ((EventLoopPromise<any Channel>, @escaping NIOHTTP2Handler.StreamInitializer) -> Void)?
    private let link: ClientLink
    private let owner: ClientConnections
    private var context: ChannelHandlerContext?
    private var greetingTimer: Scheduled<Void>?
    /// Whether its owner has been told that it is ready.
    private var hasGreeted = false
    private var callsMax = GRPCLimits.callsMax
    private var callCount = 0
    /// Calls above `callsMax`, which wait here.
    private var waiting: [ClientCall] = []

    init(of owner: ClientConnections, authority: String) {
        self.owner = owner
        link = ClientLink(authority: authority)
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func channelActive(context: ChannelHandlerContext) {
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        greetingTimer = context.eventLoop.scheduleTask(in: GRPCLimits.greetingDuration) {
            bound.value.close()
        }
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data).payload {
        case .settings(.settings(let settings)):
            for setting in settings where setting.parameter == .maxConcurrentStreams {
                callsMax = min(setting.value, GRPCLimits.callsMax)
            }
            if !hasGreeted {
                hasGreeted = true
                greetingTimer?.cancel()
                owner.settle(.success(self))
            }
            openWaiting()
        case .goAway(let lastStream, let code, _):
            let isClean = code == .noError || link.goodbye?.isClean == true
            link.goodbye = (lastStream, isClean)
            retire()
            if callCount == 0 { close() }
        default: break
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        greetingTimer?.cancel()
        if !hasGreeted {
            let reason = "who accepts connections speaks no HTTP/2"
            owner.settle(.failure(NoConnection(reason: reason)))
        }
        retire()
        self.context = nil
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {}

    func close() { context?.close(promise: nil) }

    func carry(_ call: ClientCall) {
        waiting.append(call)
        openWaiting()
    }

    private func hasEnded(_ call: ClientCall, isUnprocessed: Bool) {
        callCount -= 1
        if isUnprocessed { owner.carry(call) }
        if link.goodbye != nil, callCount == 0 { close() } else { openWaiting() }
    }

    private func openWaiting() {
        guard let context else { return }
        while callCount < callsMax, !waiting.isEmpty {
            let call = waiting.removeFirst()
            guard !call.isOver else { continue }
            callCount += 1
            let handler = ClientStream(call, on: link) { [weak self] isUnprocessed in
                self?.hasEnded(call, isUnprocessed: isUnprocessed)
            }
            let bound = NIOLoopBound(handler, eventLoop: context.eventLoop)
            let opened = context.eventLoop.makePromise(of: (any Channel).self)
            // The handler may not have been added, or the stream not activated.
            opened.futureResult.assumeIsolated().whenFailure { _ in handler.end() }
            open?(opened) { stream in
                stream.eventLoop.makeCompletedFuture {
                    try stream.pipeline.syncOperations.addHandler(bound.value)
                }
            }
        }
    }

    /// Moves the calls that wait here to another connection.
    private func retire() {
        owner.forget(self)
        let calls = waiting
        waiting = []
        for call in calls { owner.carry(call) }
    }
}
