// The state shared by the calls of one connection. It is confined to the connection's event loop.

package import Listeners
import NIOCore
package import NIOHPACK
import Synchronization

/// The state shared by all connections of a listener.
package final class ServerShared: Sendable {
    let methods: GRPCMethods
    /// Throws for a call that is not admitted; called before any of its messages are read.
    let admit: @Sendable (HPACKHeaders) throws(GRPCStatus) -> Void
    package let metrics: GRPCMetrics
    let unsent: UnsentBounds
    /// The limit per connection; a single message may be larger.
    let unfinishedBytesMax: Int
    fileprivate let unfinishedBytes = Atomic<Int>(0)

    /// Bytes of incomplete messages of all connections.
    package var unfinishedByteCount: Int { unfinishedBytes.load(ordering: .relaxed) }

    package init(
        methods: GRPCMethods, metrics: GRPCMetrics, requestBytesMax: Int,
        unsent: UnsentBounds = UnsentBounds(),
        admit: @escaping @Sendable (HPACKHeaders) throws(GRPCStatus) -> Void = { _ in }
    ) {
        self.methods = methods
        self.metrics = metrics
        self.unsent = unsent
        unfinishedBytesMax = max(
            GRPCLimits.unfinishedBytesMax, requestBytesMax + GRPCLimits.chunkBytes)
        self.admit = admit
    }
}

final class ServerConnection {
    let shared: ServerShared
    let peers: GRPCPeers
    /// The closure that stops each call under way, if it is a stream.
    private var stops: [ObjectIdentifier: (GRPCStatus) -> Void] = [:]
    private var unfinishedBytes = 0
    private var whenIdle: (() -> Void)?

    init(of channel: any Channel, _ shared: ServerShared) {
        self.shared = shared
        peers = GRPCPeers(
            remote: ServerConnection.text(channel.remoteAddress),
            local: ServerConnection.text(channel.localAddress))
    }

    func hasBegun(_ call: ObjectIdentifier, stop: @escaping (GRPCStatus) -> Void) {
        stops[call] = stop
    }

    func hasEnded(_ call: ObjectIdentifier) {
        stops[call] = nil
        if stops.isEmpty { whenIdle?() }
    }

    /// Reserves `count` more bytes, or releases some if negative. False if the limit is exceeded.
    func hold(_ count: Int) -> Bool {
        unfinishedBytes += count
        let all = shared.unfinishedBytes.add(count, ordering: .relaxed).newValue
        return count <= 0
            || unfinishedBytes <= shared.unfinishedBytesMax
                && all <= GRPCLimits.allUnfinishedBytesMax
    }

    /// Ends the streams; other accepted calls are still answered. Then calls `close`.
    func end(_ status: GRPCStatus, _ close: @escaping () -> Void) {
        for stop in stops.values { stop(status) }
        if stops.isEmpty { close() } else { whenIdle = close }
    }

    private static func text(_ address: SocketAddress?) -> String {
        let port = address?.port ?? 0
        return switch address {
        case .v4: "ipv4:\(address?.ipAddress ?? ""):\(port)"
        case .v6: "ipv6:[\(address?.ipAddress ?? "")]:\(port)"
        case .unixDomainSocket: "unix:\(address?.pathname ?? "")"
        case nil: "unknown"
        }
    }
}
