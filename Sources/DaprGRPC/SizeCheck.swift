import GRPCCore
import SwiftProtobuf

/// Refuses messages above a size, and says so. The transport has a limit too, but there a stream is
/// reset, and its client learns nothing: it stands higher, and is for those far above.
struct SizeCheck: ServerInterceptor {
    let bytesMax: Int

    func intercept<Input: Sendable, Output: Sendable>(
        request: StreamingServerRequest<Input>, context: ServerContext,
        next:
            @Sendable @concurrent (StreamingServerRequest<Input>, ServerContext) async throws
            -> StreamingServerResponse<Output>
    ) async throws -> StreamingServerResponse<Output> {
        var request = request
        request.messages = RPCAsyncSequence(
            wrapping: request.messages.map { message in
                let bytes = try (message as? any Message)?.serializedData().count ?? 0
                guard bytes <= bytesMax else {
                    throw RPCError(
                        code: .resourceExhausted,
                        message: "the message has \(bytes) bytes, which is more than \(bytesMax)")
                }
                return message
            })
        return try await next(request, context)
    }
}
