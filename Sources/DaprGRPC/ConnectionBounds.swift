// What the transport leaves open: how many connections there are at once, and how long one lives whose
// other end has gone without a word. The transport pings such a one, and only says goodbye to it.

import HummingbirdCore
import NIOCore

/// The bounds of one listener's connections, as handlers of its sockets.
struct ConnectionBounds {
    let connectionsMax: Int
    /// Longer than a client that lives can be silent.
    let silenceMax: TimeAmount
    /// Told the port, once connections are taken.
    let onListening: @Sendable (Int) -> Void

    /// For the socket that listens, before it does: more connections wait to be accepted.
    func apply(toListener channel: any Channel) -> EventLoopFuture<Void> {
        // One at a time: the bound is looked at before each.
        channel.setOption(.maxMessagesPerRead, value: 1).flatMapThrowing {
            try channel.pipeline.syncOperations.addHandlers([
                AvailableConnectionsChannelHandler(maxConnections: connectionsMax),
                OpeningHandler(onListening: onListening),
            ])
        }
    }

    /// For a connection before its first byte.
    func apply(toConnection channel: any Channel) -> EventLoopFuture<Void> {
        channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHandlers(
                [IdleStateHandler(readTimeout: silenceMax), SilenceHandler()], position: .first)
        }
    }
}

private final class OpeningHandler: ChannelInboundHandler {
    typealias InboundIn = any Channel

    private let onListening: @Sendable (Int) -> Void

    init(onListening: @escaping @Sendable (Int) -> Void) { self.onListening = onListening }

    func channelActive(context: ChannelHandlerContext) {
        onListening(context.channel.localAddress?.port ?? 0)
        context.fireChannelActive()
    }
}

private final class SilenceHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case IdleStateHandler.IdleStateEvent.read = event else {
            return context.fireUserInboundEventTriggered(event)
        }
        context.close(promise: nil)
    }
}
