import Jobs
import Synchronization

/// What is known of the sidecars at each address: their WatchHosts streams, and the apps of their
/// streams of triggers. WatchHosts names nobody and comes on a connection of its own, so the two are
/// joined by address. Dapr: pkg/runtime/scheduler/internal/watchhosts.
///
/// When a scheduler has been started again, a sidecar's streams of triggers may be there before its
/// WatchHosts stream is; then the sidecar closes them and opens others. What is sent into the first
/// would come again with the others.
package final class SidecarHosts: Sendable {
    /// An app of a namespace.
    package struct App: Hashable, Sendable {
        let namespace: String
        let appID: String

        package init(namespace: String, appID: String) {
            self.namespace = namespace
            self.appID = appID
        }
    }

    private struct Host {
        var watches = 0
        /// The number of open streams of triggers by app.
        var streams: [App: Int] = [:]

        var isEmpty: Bool { watches == 0 && streams.isEmpty }
    }

    private let hosts = Mutex<[Substring: Host]>([:])

    package init() {}

    package func watchBegan(_ peer: String) { change(peer) { $0.watches += 1 } }

    package func watchEnded(_ peer: String) { change(peer) { $0.watches -= 1 } }

    package func streamEnded(_ peer: String, of app: App) {
        change(peer) { host in
            host.streams[app, default: 0] -= 1
            if host.streams[app] == 0 { host.streams[app] = nil }
        }
    }

    /// Notes a stream of triggers that begins. Returns whether its sidecar may soon replace it: not if
    /// the one sidecar at its address is watching hosts. At an address that several share, this
    /// machine's own among them, a stream of WatchHosts may be another sidecar's.
    package func streamBegan(_ peer: String, at local: String, of app: App) -> Bool {
        change(peer) { host in
            host.streams[app, default: 0] += 1
            let isAlone = host.watches == 1 && host.streams.count == 1
            return !isAlone || Self.host(of: peer) == Self.host(of: local)
        }
    }

    private func change<Result>(_ peer: String, _ body: (inout Host) -> Result) -> Result {
        let name = Self.host(of: peer)
        return hosts.withLock { hosts in
            defer { if hosts[name]?.isEmpty == true { hosts[name] = nil } }
            return body(&hosts[name, default: Host()])
        }
    }

    /// "ipv4:10.0.0.7" of "ipv4:10.0.0.7:41022".
    private static func host(of peer: String) -> Substring {
        peer.lastIndex(of: ":").map { peer[..<$0] } ?? peer[...]
    }
}
