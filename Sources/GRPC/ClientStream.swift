// One call on one stream: the request is sent as soon as the stream is open; of the answer only the
// status is used.

import NIOCore
import NIOHPACK
import NIOHTTP2

/// The state of a connection that its streams share.
final class ClientLink {
    let authority: String
    /// The server's GOAWAY: the last stream it has begun to process, and whether the first GOAWAY
    /// was without an error.
    var goodbye: (lastStream: HTTP2StreamID, isClean: Bool)?

    init(authority: String) { self.authority = authority }
}

final class ClientStream: ChannelInboundHandler {
    typealias InboundIn = HTTP2Frame.FramePayload
    typealias OutboundOut = HTTP2Frame.FramePayload

    private let call: ClientCall
    private let link: ClientLink
    /// Called once; true if the server has not begun to process the call, so that it may be
    /// retried.
    private let onEnd: (Bool) -> Void
    private var stream: HTTP2StreamID?
    private var hasEnded = false
    private var answerBytes = 0
    private var hasHead = false
    /// The code with which the server reset the stream.
    private var reset: HTTP2ErrorCode?

    init(_ call: ClientCall, on link: ClientLink, onEnd: @escaping (Bool) -> Void) {
        self.call = call
        self.link = link
        self.onEnd = onEnd
    }

    func handlerAdded(context: ChannelHandlerContext) {
        call.closeStream = { context.close(promise: nil) }
    }

    func channelActive(context: ChannelHandlerContext) {
        // The connection's end may have been announced before the stream opened.
        guard !call.isOver, link.goodbye == nil else { return context.close(promise: nil) }
        call.isSent = true
        let headers = call.request.headers(authority: link.authority)
        let message = call.request.message
        var bytes = context.channel.allocator.buffer(capacity: message.count + 5)
        MessageReader.write(message.count, to: &bytes) { $0.writeBytes(message) }
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenFailure { [call] _ in
            // HTTP/2 did not send it.
            call.isSent = false
            call.closeStream?()
        }
        context.write(wrapOutboundOut(.headers(.init(headers: headers))), promise: written)
        context.writeAndFlush(
            wrapOutboundOut(.data(.init(data: .byteBuffer(bytes), endStream: true))),
            promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .headers(let frame):
            take(frame.headers, isLast: frame.endStream)
        case .data(let frame):
            answerBytes += frame.data.readableBytes
            if answerBytes > GRPCLimits.answerBytesMax {
                call.end(.answered(.resourceExhausted))
            } else if frame.endStream {
                // An answer without a status.
                call.end(.answered(.unknown))
            }
        case .rstStream(let code): reset = code
        default: break
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        stream = try? context.channel.syncOptions?.getOption(HTTP2StreamChannelOptions.streamID)
        end()
    }

    /// The stream has ended or was never opened. Reports the result of the call once.
    func end() {
        guard !hasEnded else { return }
        hasEnded = true
        call.closeStream = nil
        let isUnprocessed = !call.isOver && isUnprocessed
        if isUnprocessed {
            call.isSent = false
        } else if let reset {
            call.end(.broken(reason: "the stream was reset: \(reset)"))
        } else if link.goodbye?.isClean == true {
            call.end(.drained(reason: "the server closed the connection, as it had announced"))
        } else {
            call.end(.broken(reason: "the connection ended"))
        }
        onEnd(isUnprocessed)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {}

    /// A server that stops without waiting for its handlers answers in their place: grpcio with
    /// UNAVAILABLE, others with CANCELLED.
    private func end(with code: GRPCStatus.Code, _ trailers: HPACKHeaders) -> GRPCCallEnd {
        guard link.goodbye?.isClean == true, code == .unavailable || code == .cancelled else {
            return .answered(code, message: GRPCStatus.message(in: trailers))
        }
        return .drained(reason: "the server cancelled the call (\(code.name)) as it was stopped")
    }

    /// Whether the server has reported that it did not begin to process the call, or has seen
    /// nothing of it.
    private var isUnprocessed: Bool {
        if !call.isSent || reset == .refusedStream { return true }
        guard let stream, let goodbye = link.goodbye else { return false }
        return stream > goodbye.lastStream
    }

    private func take(_ headers: HPACKHeaders, isLast: Bool) {
        // A code is an answer, whatever the other headers are.
        if isLast, let code = GRPCStatus.code(in: headers) {
            return call.end(end(with: code, headers))
        }
        if !hasHead {
            let status = headers.first(name: ":status") ?? ""
            // Informational headers may precede the answer.
            if status.hasPrefix("1") { return }
            hasHead = true
            guard status == "200" else {
                return call.end(.answered(GRPCStatus.code(forHTTPStatus: status)))
            }
            let type = headers.first(name: "content-type") ?? ""
            guard type.hasPrefix("application/grpc") else { return call.end(.answered(.unknown)) }
        }
        if isLast { call.end(.answered(.unknown)) }
    }
}
