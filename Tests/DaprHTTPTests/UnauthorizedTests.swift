import DaprAPI
import Testing

@Suite("A request without a token", .timeLimit(.minutes(1)))
struct UnauthorizedTests {
    /// Sends raw bytes; returns the whole answer.
    private func exchange(_ port: Int, _ text: String) async throws -> String {
        try await Served.exchange(port, text) {
            $0.contains("\r\n\r\n") && ($0.hasSuffix("}") || text.hasPrefix("HEAD"))
        }
    }

    @Test("who is not let in gets 401 before sending a body, the same whatever was wrong")
    func refusal() async throws {
        try await Served.onPort(access: APIAccess(tokens: ["secret", "older"])) { port in
            // The body is announced and never sent.
            let head = "POST /v1.0/jobs/a HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n"
            var bodies: Set<String> = []
            for header in ["", "dapr-api-token: wrong\r\n", "dapr-api-token:\r\n"] {
                let answer = try await exchange(port, "\(head)\(header)\r\n")
                #expect(answer.hasPrefix("HTTP/1.1 401 "), "\(answer)")
                #expect(answer.lowercased().contains("content-type: application/json"))
                bodies.insert(answer.components(after: "\r\n\r\n"))
            }
            #expect(bodies == [#"{"errorCode":"ERR_UNAUTHORIZED","message":"invalid api token"}"#])
            let bare = try await exchange(port, "HEAD /v1.0/healthz HTTP/1.1\r\nhost: x\r\n\r\n")
            #expect(bare.hasPrefix("HTTP/1.1 401 ") && bare.hasSuffix("\r\n\r\n"), "\(bare)")
            let known = "GET /v1.0/jobs/a HTTP/1.1\r\nhost: x\r\nDapr-Api-Token: older\r\n\r\n"
            #expect(try await exchange(port, known).hasPrefix("HTTP/1.1 404 "))
        }
    }
}

extension String {
    fileprivate func components(after separator: String) -> String {
        firstRange(of: separator).map { String(self[$0.upperBound...]) } ?? ""
    }
}
