// Paths of the jobs API. They are matched as received, without decoding escapes: an escaped slash
// is part of a name and must not become a separator, and "." and ".." are names, not directories.

package import DaprAPI
package import HTTPTypes

/// The target of a path.
package enum WireRoute: Equatable, Sendable {
    /// `name` is still escaped.
    case job(Version, name: Substring)
    /// All jobs of the app, or those selected by `query`, the still escaped text after the "?".
    case jobs(query: Substring)
    /// The history of a name; `name` and `query` are still escaped.
    case history(name: Substring, query: Substring)
    /// What triggers of the app's jobs came to; `query` is still escaped.
    case outcomes(query: Substring)
    case health
    case metadata
    case openAPI

    package enum Version: Sendable {
        case alpha
        case stable
    }

    /// `nil` if the path does not exist.
    package init?(path: String) {
        let whole = path.prefix { $0 != "#" }
        let raw = whole.prefix { $0 != "?" }
        let segments = raw.split(separator: "/", omittingEmptySubsequences: false)
        guard let first = segments.first, first.isEmpty else { return nil }
        let (version, rest) = (segments.dropFirst().first, segments.dropFirst(2))
        switch (version?.keyword, rest.first?.keyword, rest.count) {
        case ("v1.0", "jobs", 2): self = .job(.stable, name: rest.last ?? "")
        case ("v1.0-alpha1", "jobs", 2): self = .job(.alpha, name: rest.last ?? "")
        case ("v1.0", "jobs", 1), ("v1.0-alpha1", "jobs", 1):
            self = .jobs(query: whole[raw.endIndex...].dropFirst())
        case ("v1.0", "jobs", 3) where rest.last?.keyword == "history",
            ("v1.0-alpha1", "jobs", 3) where rest.last?.keyword == "history":
            self = .history(
                name: rest.dropFirst().first ?? "", query: whole[raw.endIndex...].dropFirst())
        case ("v1.0", "jobs:outcomes", 1), ("v1.0-alpha1", "jobs:outcomes", 1):
            self = .outcomes(query: whole[raw.endIndex...].dropFirst())
        case ("v1.0", "metadata", 1): self = .metadata
        case ("openapi.json", nil, 0): self = .openAPI
        case ("v1.0", "healthz", 1): self = .health
        case ("v1.0", "healthz", 2) where rest.last?.keyword == "outbound": self = .health
        default: return nil
        }
    }

    package var methods: [HTTPRequest.Method] {
        switch self {
        case .job: [.delete, .get, .post]
        case .jobs: [.delete, .get]
        case .history, .outcomes, .health, .metadata, .openAPI: [.get]
        }
    }

    /// The decoded name.
    package static func name(unescaping escaped: Substring) throws(WireError) -> String {
        do {
            return try URLText.unescape(escaped)
        } catch {
            throw .malformedPath("the job name \(error.reason)")
        }
    }
}

extension String {
    /// The text without white space at its ends, as a POST reads its name. The same characters as
    /// Go's `unicode.IsSpace`.
    var trimmed: String {
        let scalars = unicodeScalars
        guard let start = scalars.firstIndex(where: { !$0.properties.isWhitespace }),
            let end = scalars.lastIndex(where: { !$0.properties.isWhitespace })
        else { return "" }
        return String(scalars[start...end])
    }
}
