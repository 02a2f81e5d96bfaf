import GRPCCore
import GRPCNIOTransportHTTP2Posix

/// A transport that refuses messages above a size, and says so. The one beneath has a limit too, but
/// there a stream is reset, and its client learns nothing: it stands higher, and is for those far
/// above.
struct BoundedTransport: ServerTransport {
    typealias Bytes = HTTP2ServerTransport.Posix.Bytes

    let transport: HTTP2ServerTransport.Posix
    let messageBytesMax: Int

    func configure(context: GRPCServerContext) { transport.configure(context: context) }

    func listen(
        streamHandler:
            @escaping @Sendable @concurrent (
                RPCStream<Inbound, Outbound>, ServerContext
            ) async -> Void
    ) async throws {
        let bytesMax = messageBytesMax
        try await transport.listen { stream, context in
            var stream = stream
            stream.inbound = RPCAsyncSequence(
                wrapping: stream.inbound.map { part in
                    guard case .message(let bytes) = part, bytes.count > bytesMax else {
                        return part
                    }
                    throw RPCError(
                        code: .resourceExhausted,
                        message:
                            "the message has \(bytes.count) bytes, which is more than \(bytesMax)")
                })
            await streamHandler(stream, context)
        }
    }

    func beginGracefulShutdown() { transport.beginGracefulShutdown() }
}
