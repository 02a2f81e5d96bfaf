// One call, from its first headers to its status.
//
// idle -> (its headers are valid) -> reading -> (the request is complete) -> answering -> answered.
// A stream: idle -> streaming -> answered. A rejected call is answered at once. If the client
// resets the call or the connection ends, the call ends in whatever state it was.

import NIOCore
import NIOHPACK
import NIOHTTP2
import SwiftProtobuf

final class ServerCall: ChannelInboundHandler {
    typealias InboundIn = HTTP2Frame.FramePayload
    typealias OutboundOut = HTTP2Frame.FramePayload

    private enum State {
        case idle
        case reading(GRPCMethods.Unary)
        case answering
        case streaming(any OpenedStream)
        case answered
    }

    private let connection: ServerConnection
    private var context: ChannelHandlerContext?
    private var state = State.idle
    private var reader = MessageReader(bytesMax: 0)
    /// The bytes held by the reader, as counted by the connection.
    private var heldBytes = 0
    private var hasClientEnded = false
    private var messages = CallMessages()
    private var deadline: Scheduled<Void>?
    private var messageDeadline: Scheduled<Void>?

    init(of connection: ServerConnection) { self.connection = connection }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        connection.hasBegun(ObjectIdentifier(self)) { [weak self] in self?.endStream($0) }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .headers(let frame):
            if frame.endStream { hasClientEnded = true }
            if case .idle = state { begin(frame.headers, context) } else { takeBytes(nil) }
        case .data(let frame):
            if frame.endStream { hasClientEnded = true }
            guard case .byteBuffer(let bytes) = frame.data else { return }
            takeBytes(bytes)
        default: break
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { writeMessages() }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard event is ChannelShouldQuiesceEvent else {
            return context.fireUserInboundEventTriggered(event)
        }
        endStream(GRPCStatus(.unavailable, "the server is stopping"))
    }

    func channelInactive(context: ChannelHandlerContext) {
        if case .streaming(let stream) = state { stream.end(.broken) }
        state = .answered
        settle()
        self.context = nil
        connection.hasEnded(ObjectIdentifier(self))
    }

    /// The channel ends by itself, and its resources are released then.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {}

    /// Cancels the call's timers and registrations.
    private func settle() {
        deadline?.cancel()
        messageDeadline?.cancel()
        reader = MessageReader(bytesMax: 0)
        _ = connection.hold(-heldBytes)
        heldBytes = 0
    }
}

// The request.
extension ServerCall {
    private func begin(_ headers: HPACKHeaders, _ context: ChannelHandlerContext) {
        if let status = CallHeaders.httpRefusal(of: headers) {
            return end(with: [":status": status], context)
        }
        do throws(GRPCStatus) {
            let shared = connection.shared
            let path = headers.first(name: ":path") ?? ""
            let method = shared.methods[path]
            // Who is not admitted does not learn which methods there are.
            if method?.isOpenToAll != true { try shared.admit(headers) }
            guard let method else {
                throw GRPCStatus(.unimplemented, "there is no method \(path)")
            }
            if let timeout = try CallHeaders.timeout(in: headers) {
                let late = GRPCStatus(.deadlineExceeded, "the deadline has passed")
                deadline = refuse(late, in: timeout, context)
            }
            reader = MessageReader(bytesMax: method.bytesMax)
            switch method.answer {
            case .unary(let unary): state = .reading(unary)
            case .stream(let open): begin(open, context)
            }
            takeBytes(nil)
        } catch {
            refuse(error)
        }
    }

    private func begin(_ open: GRPCMethods.Stream, _ context: ChannelHandlerContext) {
        let bell = StreamBell(on: context.eventLoop) { [weak self] in self?.writeMessages() }
        state = .streaming(open(connection.peers, bell))
        write(.headers(.init(headers: CallHeaders.ofAnswer)), context)
        context.flush()
        // The messages it sends unasked.
        writeMessages()
    }

    /// Takes more bytes of the request, or its end (`nil`).
    private func takeBytes(_ bytes: ByteBuffer?) {
        if let bytes { reader.append(bytes) }
        do throws(GRPCStatus) {
            try takeMessages()
            try hold()
        } catch {
            refuse(error)
        }
    }

    private func takeMessages() throws(GRPCStatus) {
        switch state {
        case .reading(let unary): try takeUnary(unary)
        case .streaming(let stream): try takeMessages(of: stream)
        // Already answered; the rest of the request is dropped.
        case .idle, .answering, .answered: reader = MessageReader(bytesMax: 0)
        }
    }

    private func takeUnary(_ unary: @escaping GRPCMethods.Unary) throws(GRPCStatus) {
        if let count = try reader.announced(), reader.unfinishedBytes > count {
            throw GRPCStatus(.internalError, "more than one message came for a unary method")
        }
        guard hasClientEnded else { return }
        guard let message = try reader.next() else {
            throw GRPCStatus(.internalError, "the request ends before its message does")
        }
        state = .answering
        guard let loop = context?.eventLoop else { return }
        let bound = NIOLoopBound(self, eventLoop: loop)
        let reply: GRPCReply<any Message> = { result in
            if loop.inEventLoop { return bound.value.answer(result) }
            loop.execute { bound.value.answer(result) }
        }
        let peers = connection.peers
        if message.readableBytes > GRPCLimits.inlineBytesMax {
            // Decoding takes milliseconds, which would delay the loop's other connections.
            Task { unary(message, peers, reply) }
        } else {
            unary(message, peers, reply)
        }
    }

    private func takeMessages(of stream: any OpenedStream) throws(GRPCStatus) {
        var messages: [ByteBuffer] = []
        while let message = try reader.next() { messages.append(message) }
        if !messages.isEmpty { try stream.take(messages) }
        guard hasClientEnded, case .streaming = state else { return }
        if reader.unfinishedBytes > 0 {
            throw GRPCStatus(.internalError, "the stream ends before its message does")
        }
        endIfComplete(stream)
    }

    /// Counts the bytes of incomplete messages, and limits the time they take.
    private func hold() throws(GRPCStatus) {
        let more = reader.unfinishedBytes - heldBytes
        guard more != 0, let context else { return }
        heldBytes += more
        guard connection.hold(more) else {
            throw GRPCStatus(
                .resourceExhausted, "too many bytes of unfinished messages wait already")
        }
        if heldBytes == 0 {
            messageDeadline?.cancel()
            messageDeadline = nil
        } else if messageDeadline == nil {
            let late = GRPCStatus(.deadlineExceeded, "a message took too long to come")
            messageDeadline = refuse(late, in: GRPCLimits.messageDuration, context)
        }
    }

    /// Ends the call because of invalid or missing input.
    private func refuse(_ status: GRPCStatus) {
        connection.shared.metrics.refused(status.code)
        if case .streaming(let stream) = state { stream.end(.refused(status)) }
        finish(status)
    }

    private func refuse(
        _ status: GRPCStatus, in time: TimeAmount, _ context: ChannelHandlerContext
    ) -> Scheduled<Void> {
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        return context.eventLoop.scheduleTask(in: time) { bound.value.refuse(status) }
    }
}

// The answer.
extension ServerCall {
    private func answer(_ result: Result<any Message, GRPCStatus>) {
        guard case .answering = state, let context else { return }
        switch result {
        case .success(let message):
            var bytes = context.channel.allocator.buffer(capacity: 64)
            message.write(to: &bytes)
            write(.headers(.init(headers: CallHeaders.ofAnswer)), context)
            messages.write(bytes, of: .call, connection.shared, context)
            finish(.ok, hasHead: true)
        case .failure(let status): finish(status)
        }
    }

    /// Writes a stream's messages in parts; each is sent before the next is produced. Writes
    /// nothing while the client does not read.
    func writeMessages() {
        guard case .streaming(let stream) = state else { return }
        if let status = stream.expire() { return endStream(status) }
        guard let context, context.channel.isWritable else { return }
        var bytes = context.channel.allocator.buffer(capacity: GRPCLimits.chunkBytes)
        while stream.writeNext(to: &bytes) {
            guard bytes.readableBytes >= GRPCLimits.chunkBytes else { continue }
            let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
            context.eventLoop.execute { bound.value.writeMessages() }
            break
        }
        if bytes.readableBytes > 0 {
            messages.write(bytes, of: .stream, connection.shared, context)
            context.flush()
        }
        endIfComplete(stream)
    }

    /// Ends a stream whose client has ended its side, if nothing is left to be sent.
    private func endIfComplete(_ stream: any OpenedStream) {
        guard hasClientEnded, case .streaming = state, stream.clientHasEnded() else { return }
        stream.end(.completed)
        finish(.ok)
    }

    /// Ends a stream from the server's side; a unary call is still answered.
    private func endStream(_ status: GRPCStatus) {
        guard case .streaming(let stream) = state else { return }
        stream.end(.stopped)
        finish(status)
    }

    private func finish(_ status: GRPCStatus, hasHead: Bool = false) {
        guard let context else { return }
        switch state {
        case .answered: return
        case .streaming: end(with: status.trailers, context)
        case .idle, .reading, .answering:
            if hasHead { return end(with: status.trailers, context) }
            var headers = CallHeaders.ofAnswer
            headers.add(contentsOf: status.trailers)
            if status.code == .unimplemented {
                headers.add(name: "grpc-accept-encoding", value: "identity")
            }
            end(with: headers, context)
        }
    }

    private func end(with headers: HPACKHeaders, _ context: ChannelHandlerContext) {
        state = .answered
        settle()
        write(.headers(.init(headers: headers, endStream: true)), context)
        context.flush()
        if hasClientEnded { return }
        // The rest of the request may have been received already; otherwise it is not needed.
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        context.eventLoop.execute {
            let call = bound.value
            guard !call.hasClientEnded, let context = call.context else { return }
            call.write(.rstStream(.noError), context)
            context.flush()
        }
    }

    private func write(_ frame: HTTP2Frame.FramePayload, _ context: ChannelHandlerContext) {
        context.write(wrapOutboundOut(frame), promise: nil)
    }
}
