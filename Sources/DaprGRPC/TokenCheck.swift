package import DaprAPI
package import GRPCCore

/// Lets in whoever sends one of the tokens as `dapr-api-token`.
package struct TokenCheck: ServerInterceptor {
    private let access: APIAccess

    package init(access: APIAccess) { self.access = access }

    package func intercept<Input: Sendable, Output: Sendable>(
        request: StreamingServerRequest<Input>, context: ServerContext,
        next:
            @Sendable @concurrent (StreamingServerRequest<Input>, ServerContext) async throws
            -> StreamingServerResponse<Output>
    ) async throws -> StreamingServerResponse<Output> {
        let presented = Array(request.metadata[stringValues: "dapr-api-token"])
        guard access.admits(presented: presented) else {
            // The same whether a token is missing or wrong.
            throw RPCError(code: .unauthenticated, message: "invalid api token")
        }
        return try await next(request, context)
    }
}
