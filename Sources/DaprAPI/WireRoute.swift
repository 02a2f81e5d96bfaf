// Paths of the jobs API. They are matched as they came, escapes and all: an escaped slash belongs
// to a name and must not become a separator, and "." and ".." are names, not directions.

package import HTTPTypes

/// What a path asks for.
package enum WireRoute: Equatable, Sendable {
    /// `name` is still escaped.
    case job(Version, name: Substring)
    case health

    package enum Version: Sendable {
        case alpha
        case stable
    }

    /// `nil` if nothing is there.
    package init?(path: String) {
        let raw = path.prefix { $0 != "?" && $0 != "#" }
        let segments = raw.split(separator: "/", omittingEmptySubsequences: false)
        guard let first = segments.first, first.isEmpty else { return nil }
        let (version, rest) = (segments.dropFirst().first, segments.dropFirst(2))
        switch (version, rest.first, rest.count) {
        case ("v1.0", "jobs", 2): self = .job(.stable, name: rest.last ?? "")
        case ("v1.0-alpha1", "jobs", 2): self = .job(.alpha, name: rest.last ?? "")
        case ("v1.0", "healthz", 1): self = .health
        case ("v1.0", "healthz", 2) where rest.last == "outbound": self = .health
        default: return nil
        }
    }

    package var methods: [HTTPRequest.Method] {
        switch self {
        case .job: [.delete, .get, .post]
        case .health: [.get]
        }
    }

    /// The name as meant: escapes resolved, and "+" a space. Dapr: pkg/api/http/server.go.
    package static func name(unescaping escaped: Substring) throws(WireError) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(escaped.utf8.count)
        var rest = escaped.utf8[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "+"): bytes.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                guard let high = rest.popFirst().flatMap(hexValue),
                    let low = rest.popFirst().flatMap(hexValue)
                else {
                    throw .malformedPath("the job name holds an invalid URL escape")
                }
                bytes.append(high << 4 | low)
            default: bytes.append(byte)
            }
        }
        guard let name = String(validating: bytes, as: UTF8.self) else {
            throw .malformedPath("the job name is not UTF-8")
        }
        return name
    }

    private static func hexValue(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}

extension String {
    /// Without white space at its ends, as a POST takes its name. The same characters as Go's
    /// `unicode.IsSpace`.
    var trimmed: String {
        let scalars = unicodeScalars
        guard let start = scalars.firstIndex(where: { !$0.properties.isWhitespace }),
            let end = scalars.lastIndex(where: { !$0.properties.isWhitespace })
        else { return "" }
        return String(scalars[start...end])
    }
}
