import DaprAPI
import DaprGRPC
import GRPC
import NIOHPACK
import Testing

@Suite("Tokens over gRPC")
struct TokenCheckTests {
    /// The error for a call with these tokens; `nil` if it is admitted.
    private func refusal(_ presented: [String], tokens: [String]) -> GRPCStatus? {
        var headers = HPACKHeaders()
        for token in presented { headers.add(name: "dapr-api-token", value: token) }
        do throws(GRPCStatus) {
            try APIAccess(tokens: tokens).admit(headers)
            return nil
        } catch {
            return error
        }
    }

    @Test("without tokens everybody is let in", arguments: [[], ["any"], ["a", "b"]])
    func open(presented: [String]) { #expect(refusal(presented, tokens: []) == nil) }

    @Test("one of the tokens lets in", arguments: ["new", "old"])
    func admitted(token: String) { #expect(refusal([token], tokens: ["new", "old"]) == nil) }

    @Test(
        "anything else is refused in the same words",
        arguments: [[], [""], ["wrong"], ["new", "old"], ["new", "new"], ["new,old"]])
    func refused(presented: [String]) {
        let refusal = refusal(presented, tokens: ["new", "old"])
        #expect(refusal == GRPCStatus(.unauthenticated, "invalid api token"))
    }
}
