// What a connection to an app over HTTP gets beside what the client library gives it.

import GRPC
package import NIOCore
import NIOHTTP1

package enum AppConnection {
    /// A host that dies without a word ends its calls within a minute, and no status that an app can
    /// send stops the process.
    package static func prepare(_ channel: any Channel) -> EventLoopFuture<Void> {
        TCPPatience.apply(to: channel)
        return channel.eventLoop.makeCompletedFuture {
            let pipeline = channel.pipeline.syncOperations
            let decoder = try pipeline.handler(
                type: ByteToMessageHandler<HTTPResponseDecoder>.self)
            try pipeline.addHandler(KnownStatus(), position: .after(decoder))
        }
    }
}

/// Answers with a status below 100, which HTTP does not have, become failures: async-http-client takes
/// them for provisional answers, is handed a final one without a head, and traps.
private final class KnownStatus: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias InboundOut = HTTPClientResponsePart

    /// A status that no specification uses; any 5xx counts as a failure.
    private static let failure = HTTPResponseStatus.custom(code: 599, reasonPhrase: "")

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .head(var head) = unwrapInboundIn(data), head.status.code < 100 else {
            context.fireChannelRead(data)
            return
        }
        head.status = KnownStatus.failure
        context.fireChannelRead(wrapInboundOut(.head(head)))
    }
}
