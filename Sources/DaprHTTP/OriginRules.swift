// Requests that a browser sends for a page of somebody else: they come from a user's own machine, so a
// listener that asks for no token must not take them for the user's.

import DaprAPI
import HTTPTypes

package struct OriginRules: Sendable {
    /// Names by which clients of this machine may call it, besides those of the loopback interface.
    private let hosts: [[UInt8]]

    package init(hosts: [String]) { self.hosts = hosts.map { OriginRules.lowered($0) } }

    /// Why a request is refused; `nil` if it is not. `peer` is the client's address. Whatever the
    /// headers hold is compared byte by byte, in linear time.
    func refusal(of head: HTTPRequest, peer: String) -> WireError? {
        let authority = OriginRules.lowered(head.authority ?? "")
        if let site = head.headerFields[.secFetchSite] {
            let site = OriginRules.lowered(site)
            let isOwn = ["none", "same-origin"].contains { site.elementsEqual($0.utf8) }
            guard isOwn else { return .foreignOrigin }
        }
        if let origin = head.headerFields[.origin] {
            let origin = OriginRules.lowered(origin)
            let isOwn = ["http://", "https://"].contains { origin == Array($0.utf8) + authority }
            guard isOwn, !authority.isEmpty else { return .foreignOrigin }
        }
        // DNS rebinding: if a stranger's name resolves to this machine, his page has the same origin.
        var address = String(peer[..<(peer.lastIndex(of: ":") ?? peer.endIndex)])
        // An IPv4 address on a listener for both.
        if address.hasPrefix("::ffff:") { address.removeFirst(7) }
        let isLocal = address.hasPrefix("127.") || address == "::1"
        guard isLocal, !authority.isEmpty else { return nil }
        let host = OriginRules.host(of: authority)
        // No stranger can own a name without a dot.
        let isPublic = host.contains(UInt8(ascii: ".")) || host.contains(UInt8(ascii: ":"))
        let isKnown = !isPublic || OriginRules.isLoopback(host) || hosts.contains(host)
        return isKnown ? nil : .unknownHost
    }

    private static func lowered(_ text: String) -> [UInt8] {
        text.utf8.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
    }

    /// Without the port.
    private static func host(of authority: [UInt8]) -> [UInt8] {
        if authority.first == UInt8(ascii: "[") {
            return Array(authority.dropFirst().prefix { $0 != UInt8(ascii: "]") })
        }
        return Array(authority.prefix { $0 != UInt8(ascii: ":") })
    }

    private static func isLoopback(_ host: [UInt8]) -> Bool {
        if ["localhost", "::1"].contains(where: { host.elementsEqual($0.utf8) }) { return true }
        return host.starts(with: "127.".utf8)
            && host.allSatisfy { (0x30...0x39).contains($0) || $0 == UInt8(ascii: ".") }
    }
}

extension HTTPField.Name {
    // Safe because it is a valid name of a header field.
    fileprivate static let secFetchSite = HTTPField.Name("sec-fetch-site")!
}

extension WireError {
    fileprivate static let foreignOrigin = WireError(
        status: .forbidden, code: "ERR_FORBIDDEN",
        message: "a page of another origin may not call the jobs API without a token",
        details: .none)
    fileprivate static let unknownHost = WireError(
        status: .forbidden, code: "ERR_FORBIDDEN",
        message: "this host is none of the server's names; the setting allowed-hosts adds one",
        details: .none)
}
