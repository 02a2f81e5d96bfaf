// What HTTP/2 leaves open: how many connections there are at once, and how long one lives whose other end
// has gone without a word. Such a one is pinged, and only told goodbye.

import HummingbirdCore
import NIOCore

/// The bounds of a socket that listens.
struct ListenerBounds {
    let connectionsMax: Int
    /// Told the port, once connections are taken.
    let onListening: @Sendable (Int) -> Void

    /// Before it listens: more connections wait to be accepted.
    func apply(to channel: any Channel) -> EventLoopFuture<Void> {
        // One at a time: the bound is looked at before each.
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

/// Closes a connection that has said nothing for longer than a client that lives can be silent.
final class SilenceHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case IdleStateHandler.IdleStateEvent.read = event else {
            return context.fireUserInboundEventTriggered(event)
        }
        context.close(promise: nil)
    }
}
