// Limits that HTTP/2 does not define: the number of connections at once, and how long a connection
// stays open after its peer has vanished. A silent connection is pinged first and then closed with
// GOAWAY.

import HummingbirdCore
import NIOCore

/// The limits of a listening socket.
struct ListenerBounds {
    let connectionsMax: Int
    /// Called with the port once connections are accepted.
    let onListening: @Sendable (Int) -> Void

    /// To be called before listening: connections above the limit wait to be accepted.
    func apply(to channel: any Channel) -> EventLoopFuture<Void> {
        // One at a time, because the limit is checked before each.
        channel.setOption(.maxMessagesPerRead, value: 1).flatMapThrowing {
            try channel.pipeline.syncOperations.addHandlers([
                AvailableConnectionsChannelHandler(maxConnections: connectionsMax),
                OpeningHandler(onListening: onListening),
            ])
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

/// Closes a connection that has been silent for longer than a live client can be.
final class SilenceHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case IdleStateHandler.IdleStateEvent.read = event else {
            return context.fireUserInboundEventTriggered(event)
        }
        context.close(promise: nil)
    }
}
