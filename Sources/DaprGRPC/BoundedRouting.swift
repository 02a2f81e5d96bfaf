// Methods whose messages are bounded by their size as received. The transport beneath has a limit
// too, but there a stream is reset, and its client learns nothing: it stands higher, and is for
// those far above. A bound in front of the router would do for all methods at once, and cost every
// call 13 us of CPU; here it costs nothing that can be measured.

import GRPCCore
import GRPCProtobuf
import SwiftProtobuf

extension RPCRouter {
    /// Answers `method` with `answer`; a request of more than `bytesMax` is refused.
    mutating func register<Input: Message, Output: Message>(
        _ method: MethodDescriptor, bytesMax: Int,
        _ answer: @escaping @Sendable (Input, ServerContext) async throws -> Output
    ) {
        registerHandler(
            forMethod: method, deserializer: BoundedDeserializer<Input>(bytesMax: bytesMax),
            serializer: ProtobufSerializer<Output>()
        ) { request, context in
            let request = try await ServerRequest(stream: request)
            let message = try await answer(request.message, context)
            return StreamingServerResponse(single: ServerResponse(message: message))
        }
    }

    /// Answers `method` with a stream; a message of its client of more than `bytesMax` ends it.
    mutating func registerStream<Input: Message, Output: Message>(
        _ method: MethodDescriptor, bytesMax: Int,
        _ answer:
            @escaping @Sendable (
                RPCAsyncSequence<Input, any Error>, RPCWriter<Output>, ServerContext
            ) async throws -> Void
    ) {
        registerHandler(
            forMethod: method, deserializer: BoundedDeserializer<Input>(bytesMax: bytesMax),
            serializer: ProtobufSerializer<Output>()
        ) { request, context in
            StreamingServerResponse { writer in
                try await answer(request.messages, writer, context)
                return [:]
            }
        }
    }
}

private struct BoundedDeserializer<Input: Message>: MessageDeserializer {
    let bytesMax: Int

    func deserialize<Bytes: GRPCContiguousBytes>(_ bytes: Bytes) throws -> Input {
        let count = bytes.withUnsafeBytes { $0.count }
        guard count <= bytesMax else {
            throw RPCError(
                code: .resourceExhausted,
                message: "the message has \(count) bytes, which is more than \(bytesMax)")
        }
        return try ProtobufDeserializer<Input>().deserialize(bytes)
    }
}
