// How an app shows that it speaks HTTP/2: by the SETTINGS that each side has to begin with (RFC 9113,
// 3.4). No stream is opened, so nothing of this reaches the app's own code.

import DaprAPI
import NIOCore

/// One connection that says hello, waits for the answer and is closed.
struct Greeting {
    private let address: AppAddress
    private let loops: AppLoops

    init(to address: AppAddress, on loops: AppLoops) {
        self.address = address
        self.loops = loops
    }

    /// False if the answer is another one, or takes longer than `Limits.greetingDuration`.
    func isReturned() async -> Bool {
        let answer = loops.group.any().makePromise(of: Bool.self)
        // However it ends, nobody waits for it any more.
        defer { answer.succeed(false) }
        let isReturned = await loops.withConnection(to: address) { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandler(GreetingHandler(answer))
            }
        } _: { channel in
            channel.eventLoop.scheduleTask(in: Limits.greetingDuration) { answer.succeed(false) }
            return try? await answer.futureResult.get()
        }
        return isReturned == true
    }
}

private final class GreetingHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// The preface, and a SETTINGS frame that changes nothing.
    private static let hello =
        Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + [0, 0, 0, settings, 0, 0, 0, 0, 0]
    private static let settings: UInt8 = 4
    /// A frame begins with three bytes of length, one each for its type and its flags, and four more.
    private static let (headerBytes, typeOffset, flagsOffset) = (9, 3, 4)
    private static let acknowledgement: UInt8 = 1

    private let answer: EventLoopPromise<Bool>
    private var received = ByteBuffer()

    init(_ answer: EventLoopPromise<Bool>) { self.answer = answer }

    func channelActive(context: ChannelHandlerContext) {
        let hello = context.channel.allocator.buffer(bytes: GreetingHandler.hello)
        context.writeAndFlush(wrapOutboundOut(hello), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        received.writeBuffer(&bytes)
        guard let header = received.getBytes(at: 0, length: GreetingHandler.headerBytes) else {
            return
        }
        answer.succeed(
            header[GreetingHandler.typeOffset] == GreetingHandler.settings
                && header[GreetingHandler.flagsOffset] & GreetingHandler.acknowledgement == 0)
    }

    func channelInactive(context: ChannelHandlerContext) { answer.succeed(false) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { answer.succeed(false) }
}
