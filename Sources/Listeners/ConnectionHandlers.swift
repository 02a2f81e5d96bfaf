// What every connection of an HTTP listener has in its pipeline besides Hummingbird's handlers.

import NIOCore
import NIOHTTP1

/// Whether a client that asks first is told to send its body: method, target, and what gives a header's
/// values.
package typealias TakesBody = @Sendable (String, String, (String) -> [String]) -> Bool

/// Notes what the connection does, and puts the other two where they belong.
final class ConnectionWatch: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = NIOAny

    private let connections: Connections
    private let unsent: UnsentBytes
    private let needsHost: Bool
    private let takesBody: TakesBody
    private var connection: Connections.Connection?

    /// Clients of a Unix socket may name no host.
    init(
        _ connections: Connections, _ unsent: UnsentBytes, needsHost: Bool,
        takesBody: @escaping TakesBody
    ) {
        self.connections = connections
        self.unsent = unsent
        self.needsHost = needsHost
        self.takesBody = takesBody
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let connection = connections.opened(context.channel)
        self.connection = connection
        do {
            let pipeline = context.pipeline.syncOperations
            let decoder = try pipeline.handler(
                type: ByteToMessageHandler<HTTPRequestDecoder>.self)
            try pipeline.addHandler(
                RequestGuard(connection, needsHost: needsHost, takesBody: takesBody),
                position: .after(decoder))
            let channel = context.channel
            let holder = unsent.holder { channel.close(promise: nil) }
            try pipeline.addHandler(ByteWatch(connection, holder), position: .first)
        } catch {
            context.close(promise: nil)
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        if let connection { connections.closed(connection) }
        connection = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        context.fireChannelRead(data)
    }
}

/// Sees the first byte of a request, long before its head is whole, and counts the bytes of answers until the
/// socket has taken them.
private final class ByteWatch: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = IOData
    typealias OutboundOut = IOData

    private let connection: Connections.Connection
    private let unsent: UnsentBytes.Holder

    init(_ connection: Connections.Connection, _ unsent: UnsentBytes.Holder) {
        self.connection = connection
        self.unsent = unsent
    }

    func write(
        context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?
    ) {
        guard case .byteBuffer(let bytes) = unwrapOutboundIn(data), bytes.readableBytes > 0 else {
            return context.write(data, promise: promise)
        }
        unsent.write(bytes, on: context.eventLoop, promise: promise) {
            context.write(wrapOutboundOut(.byteBuffer($0)), promise: $1)
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if connection.phase == .idle { connection.enter(.receiving) }
        context.fireChannelRead(data)
    }
}

/// Refuses requests whose host is not clear, and tells a client that asks first to send its body. Passes
/// the next request on when the answer to the one before has left for the socket: answers that are made ahead of a
/// client that does not read would lie in memory, a hundred for each connection.
private final class RequestGuard: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private let connection: Connections.Connection
    private let needsHost: Bool
    private let takesBody: TakesBody
    /// Whether a request was passed on whose answer has not left yet.
    private var isOpen = false
    /// What came after it: clients may send the next one early. No more is read meanwhile.
    private var held: CircularBuffer<Held> = []
    private var isReadHeld = false
    /// Whether the answer left before the request was whole.
    private var isAnsweredEarly = false
    /// Whether the request that was passed on is not whole yet.
    private var isReceiving = false
    private var isRefused = false
    private var context: ChannelHandlerContext?

    private enum Held {
        case part(HTTPServerRequestPart)
        /// The client sends nothing more.
        case end
    }

    init(
        _ connection: Connections.Connection, needsHost: Bool,
        takesBody: @escaping TakesBody
    ) {
        self.connection = connection
        self.needsHost = needsHost
        self.takesBody = takesBody
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = unwrapInboundIn(data)
        if isOpen && !isReceiving || !held.isEmpty { return held.append(.part(part)) }
        take(part, context)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if !held.isEmpty, let event = event as? ChannelEvent, event == .inputClosed {
            return held.append(.end)
        }
        context.fireUserInboundEventTriggered(event)
    }

    func read(context: ChannelHandlerContext) {
        if held.isEmpty { context.read() } else { isReadHeld = true }
    }

    private func take(_ part: HTTPServerRequestPart, _ context: ChannelHandlerContext) {
        if isRefused { return }
        switch part {
        case .head(let head):
            isOpen = true
            isReceiving = true
            // RFC 9112, 3.2: it must be clear whom a request asks.
            let hostCount = head.headers["host"].count
            if hostCount > 1 || hostCount == 0 && needsHost && head.version == .http1_1 {
                return refuse(context)
            }
            // RFC 9110, 10.1.1.
            let asks = head.headers[canonicalForm: "expect"].contains {
                $0.lowercased() == "100-continue"
            }
            if asks && head.version == .http1_1,
                takesBody(head.method.rawValue, head.uri, { head.headers[$0] })
            {
                let go = HTTPResponseHead(version: .http1_1, status: .continue)
                context.writeAndFlush(wrapOutboundOut(.head(go)), promise: nil)
            }
        case .body: break
        case .end:
            isReceiving = false
            if isAnsweredEarly { (isOpen, isAnsweredEarly) = (false, false) }
            if connection.phase != .answering { settle() }
        }
        context.fireChannelRead(wrapInboundOut(part))
    }

    private func refuse(_ context: ChannelHandlerContext) {
        isRefused = true
        let text = #"{"errorCode":"ERR_BAD_REQUEST","message":"one Host header is needed"}"#
        var headers = HTTPHeaders()
        headers.add(name: "content-type", value: "application/json")
        headers.add(name: "content-length", value: "\(text.utf8.count)")
        headers.add(name: "connection", value: "close")
        let head = HTTPResponseHead(version: .http1_1, status: .badRequest, headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        let body = context.channel.allocator.buffer(string: text)
        context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        context.writeAndFlush(wrapOutboundOut(.end(nil))).whenComplete { _ in
            bound.value.close(promise: nil)
        }
    }

    func write(
        context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?
    ) {
        switch unwrapOutboundIn(data) {
        case .head: connection.enter(.answering)
        case .body: break
        case .end:
            let promise = promise ?? context.eventLoop.makePromise()
            let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
            promise.futureResult.whenSuccess { bound.value.answered() }
            return context.write(data, promise: promise)
        }
        context.write(data, promise: promise)
    }

    private func answered() {
        (isOpen, isAnsweredEarly) = (isReceiving, isReceiving)
        settle()
        guard let context, !held.isEmpty else { return }
        // Each part that came with it, until there is a whole request again.
        while let first = held.first, !(isOpen && !isReceiving) {
            held.removeFirst()
            switch first {
            case .part(let part): take(part, context)
            case .end: context.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
            }
        }
        context.fireChannelReadComplete()
        if held.isEmpty, isReadHeld {
            isReadHeld = false
            context.read()
        }
    }

    private func settle() {
        connection.enter(isReceiving ? .receiving : isOpen ? .handling : .idle)
    }
}
