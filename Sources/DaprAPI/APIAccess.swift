// Tokens as Dapr has them: a secret word in the header `dapr-api-token`. An app sends one to be let
// into the jobs API, and is sent one by which it knows who calls it. Dapr: pkg/api/http/server.go.
// Both can be replaced while requests are served.

package import HTTPTypes
import Synchronization

/// Who may use a jobs API: whoever sends one of its tokens, or everybody if it has none.
package final class APIAccess: Sendable {
    /// None is empty.
    private let tokens: Mutex<[[UInt8]]>

    package init(tokens: [String] = []) { self.tokens = Mutex(APIAccess.bytes(of: tokens)) }

    /// Whether there are tokens now; without any everybody is let in.
    package var asksForToken: Bool { tokens.withLock { !$0.isEmpty } }

    /// From now on only these let in.
    package func replace(with tokens: [String]) {
        let tokens = APIAccess.bytes(of: tokens)
        self.tokens.withLock { $0 = tokens }
    }

    /// Whether a request may go on. `path` is the request's target as it came, its query included;
    /// `presented` holds the values of the header, of which there must be exactly one.
    package func admits(
        _ method: HTTPRequest.Method, path: String, presented: [String]
    ) -> Bool {
        APIAccess.isOpenToAll(method, path) || admits(presented: presented)
    }

    /// Whether whoever presents these may go on; there must be exactly one.
    package func admits(presented: [String]) -> Bool {
        let tokens = tokens.withLock { $0 }
        if tokens.isEmpty { return true }
        guard presented.count == 1 else { return false }
        let word = Array(presented[0].utf8)
        // Every token is compared: how long it takes must not tell which one nearly matched.
        return tokens.reduce(false) { APIAccess.isSame(word, $1) || $0 }
    }

    /// What asks whether the server lives cannot be given a secret. Compared byte by byte: of
    /// whatever else a path may mean nothing is open.
    private static func isOpenToAll(_ method: HTTPRequest.Method, _ path: String) -> Bool {
        guard method == .get else { return false }
        return path.utf8.elementsEqual("/v1.0/healthz".utf8)
            || path.utf8.elementsEqual("/v1.0/healthz/outbound".utf8)
    }

    /// Takes as long as `word` is long, wherever the two differ.
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
