// Sits between a connection's socket and HTTP/2. It sees the header of every frame, ends a
// connection that sends too many control frames (the HTTP/2 library's own limits would cut off
// well-behaved clients and are turned off), and combines the writes of many streams into one.
//
// open -> (too many control frames, or a connection error of HTTP/2) -> ending: GOAWAY is sent,
// nothing more is read, accepted calls are answered -> closed.

import NIOCore

final class FrameGuard: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = IOData
    typealias OutboundOut = IOData

    /// Called once when this handler ends the connection; it must call its argument when no call is
    /// under way any more.
    typealias OnEnding = (GRPCStatus, @escaping () -> Void) -> Void

    private static let calm: UInt32 = 11

    private var received: FrameHeaders
    private var sent: FrameHeaders
    private var credit = ControlCredit(at: .now())
    /// The highest stream that the peer has opened.
    private var lastStream: UInt32 = 0
    private var isEnding = false
    private var isFlushing = false
    private let isServer: Bool
    private let metrics: GRPCMetrics
    private let onEnding: OnEnding

    init(isServer: Bool, metrics: GRPCMetrics, onEnding: @escaping OnEnding) {
        received = FrameHeaders(hasPreface: isServer)
        sent = FrameHeaders(hasPreface: !isServer)
        self.isServer = isServer
        self.metrics = metrics
        self.onEnding = onEnding
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isEnding else { return }
        let bytes = unwrapInboundIn(data)
        var isPaid = true
        received.read(bytes) { frame in
            if frame.kind == .headers { lastStream = max(lastStream, frame.streamID) }
            let cost = ControlCredit.cost(of: frame)
            if cost > 0, isPaid { isPaid = credit.spend(cost, at: .now()) }
        }
        guard isPaid else {
            metrics.ended(.controlFrames)
            sayGoodbye(context)
            return end(context, GRPCStatus(.resourceExhausted, "too many control frames"))
        }
        context.fireChannelRead(data)
    }

    func read(context: ChannelHandlerContext) {
        if !isEnding { context.read() }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if case .byteBuffer(let bytes) = unwrapOutboundIn(data) {
            var isBroken = false
            sent.read(bytes) { frame in
                switch frame.kind {
                case .headers, .data: credit.earn()
                // A client resets calls that it cancels.
                case .reset where isServer:
                    isBroken = !credit.spend(GRPCLimits.errorCost, at: .now()) || isBroken
                case .goAway: isBroken = FrameGuard.isError(bytes, frame) || isBroken
                default: break
                }
            }
            if isBroken, !isEnding {
                metrics.ended(.protocolError)
                end(context, GRPCStatus(.unavailable, "the connection breaks HTTP/2's rules"))
            }
        }
        context.write(data, promise: promise)
    }

    /// Everything written in the same turn of the event loop is sent in one piece.
    func flush(context: ChannelHandlerContext) {
        guard !isFlushing else { return }
        isFlushing = true
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.eventLoop.execute {
            let (handler, context) = bound.value
            handler.isFlushing = false
            context.flush()
        }
    }

    func close(
        context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?
    ) {
        context.flush()
        context.close(mode: mode, promise: promise)
    }

    /// Whether `frame`, the last of `bytes`, is a GOAWAY with an error. RFC 9113, 6.8: eight bytes,
    /// of which the last four are the code.
    private static func isError(_ bytes: ByteBuffer, _ frame: FrameHeader) -> Bool {
        let code = bytes.getInteger(
            at: bytes.writerIndex - frame.length + 4, as: UInt32.self)
        return code != 0
    }

    /// Sends GOAWAY with the last accepted stream: the peer may retry only streams after it.
    private func sayGoodbye(_ context: ChannelHandlerContext) {
        var frame = context.channel.allocator.buffer(capacity: 17)
        frame.writeMultipleIntegers(
            UInt8(0), UInt16(8), FrameHeader.Kind.goAway.rawValue, UInt8(0), UInt32(0),
            lastStream, FrameGuard.calm)
        context.writeAndFlush(wrapOutboundOut(.byteBuffer(frame)), promise: nil)
    }

    private func end(_ context: ChannelHandlerContext, _ status: GRPCStatus) {
        isEnding = true
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        let close: @Sendable () -> Void = { bound.value.close(promise: nil) }
        context.eventLoop.scheduleTask(in: GRPCLimits.endingDuration, close)
        // Deferred, because HTTP/2 is still handling the current frame.
        let onEnding = NIOLoopBound(onEnding, eventLoop: context.eventLoop)
        context.eventLoop.execute { onEnding.value(status, close) }
    }
}
