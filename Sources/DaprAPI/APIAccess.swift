// Tokens as in Dapr: a secret in the header `dapr-api-token`. An app sends one to use the jobs API,
// and receives one that identifies its caller. Dapr: pkg/api/http/server.go. Both can be replaced
// while requests are served.

package import HTTPTypes
import Synchronization

/// Access to a jobs API: for callers that send one of its tokens, or for everybody if it has none.
package final class APIAccess: Sendable {
    /// No token is empty.
    private let tokens: Mutex<[[UInt8]]>

    package init(tokens: [String] = []) { self.tokens = Mutex(APIAccess.bytes(of: tokens)) }

    /// Whether there are tokens now; without any, all requests are admitted.
    package var asksForToken: Bool { tokens.withLock { !$0.isEmpty } }

    /// From now on only these tokens are accepted.
    package func replace(with tokens: [String]) {
        let tokens = APIAccess.bytes(of: tokens)
        self.tokens.withLock { $0 = tokens }
    }

    /// Whether a request is admitted. `path` is the request's target as received, including its
    /// query; `presented` holds the values of the header; there must be exactly one.
    package func admits(
        _ method: HTTPRequest.Method, path: String, presented: [String]
    ) -> Bool {
        APIAccess.isOpenToAll(method, path) || admits(presented: presented)
    }

    /// Whether a request with these header values is admitted; there must be exactly one.
    package func admits(presented: [String]) -> Bool {
        let tokens = tokens.withLock { $0 }
        if tokens.isEmpty { return true }
        guard presented.count == 1 else { return false }
        let word = Array(presented[0].utf8)
        // Every token is compared, so that the time taken does not reveal which one nearly matched.
        return tokens.reduce(false) { APIAccess.isSame(word, $1) || $0 }
    }

    /// Health probes cannot be given a secret. The path is compared byte by byte, so no other
    /// spelling of it is open.
    private static func isOpenToAll(_ method: HTTPRequest.Method, _ path: String) -> Bool {
        guard method == .get else { return false }
        return path.utf8.elementsEqual("/v1.0/healthz".utf8)
            || path.utf8.elementsEqual("/v1.0/healthz/outbound".utf8)
    }

    /// Compares in a time that depends only on the length of `word`, not on where the two differ.
    private static func isSame(_ word: [UInt8], _ token: [UInt8]) -> Bool {
        var difference = word.count ^ token.count
        for index in word.indices {
            difference |= Int(word[index] ^ token[index % token.count])
        }
        return difference == 0
    }

    private static func bytes(of tokens: [String]) -> [[UInt8]] {
        tokens.filter { !$0.isEmpty }.map { Array($0.utf8) }
    }
}
