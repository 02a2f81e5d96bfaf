import DaprAPI
import DaprGRPC
import GRPCCore
import Testing

@Suite("Tokens over gRPC")
struct TokenCheckTests {
    /// What comes of a request with these tokens; `nil` if it is let in.
    private func refusal(_ presented: [String], tokens: [String]) async throws -> RPCError? {
        let check = TokenCheck(access: APIAccess(tokens: tokens))
        var metadata = Metadata()
        for token in presented { metadata.addString(token, forKey: "dapr-api-token") }
        let context = ServerContext(
            descriptor: MethodDescriptor(fullyQualifiedService: "service", method: "method"),
            remotePeer: "peer", localPeer: "here", cancellation: .init())
        do {
            let response = try await check.intercept(
                request: StreamingServerRequest(
                    single: ServerRequest(metadata: metadata, message: 1)),
                context: context
            ) { _, _ in StreamingServerResponse<Int>(error: RPCError(code: .aborted, message: "")) }
            // It got as far as the method.
            #expect(throws: RPCError(code: .aborted, message: "")) { try response.accepted.get() }
            return nil
        } catch let error as RPCError {
            return error
        }
    }

    @Test("without tokens everybody is let in", arguments: [[], ["any"], ["a", "b"]])
    func open(presented: [String]) async throws {
        #expect(try await refusal(presented, tokens: []) == nil)
    }

    @Test("one of the tokens lets in", arguments: ["new", "old"])
    func admitted(token: String) async throws {
        #expect(try await refusal([token], tokens: ["new", "old"]) == nil)
    }

    @Test(
        "anything else is refused in the same words",
        arguments: [[], [""], ["wrong"], ["new", "old"], ["new", "new"], ["new,old"]])
    func refused(presented: [String]) async throws {
        let refusal = try await refusal(presented, tokens: ["new", "old"])
        #expect(refusal?.code == .unauthenticated)
        #expect(refusal?.message == "invalid api token")
    }
}
