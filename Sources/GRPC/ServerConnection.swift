// What the calls of one connection share. It lives on the connection's event loop.

import NIOCore
package import NIOHPACK
import Synchronization

/// What all connections of a listener share.
package final class ServerShared: Sendable {
    let methods: GRPCMethods
    /// Throws for a call that is not let in; called before anything of its messages is looked at.
    let admit: @Sendable (HPACKHeaders) throws(GRPCStatus) -> Void
    package let metrics: GRPCMetrics
    /// Of a connection; a single message may be larger.
    let unfinishedBytesMax: Int
    fileprivate let unfinishedBytes = Atomic<Int>(0)

    /// Bytes of messages that are not complete, of all connections.
    package var unfinishedByteCount: Int { unfinishedBytes.load(ordering: .relaxed) }

    package init(
        methods: GRPCMethods, metrics: GRPCMetrics, requestBytesMax: Int,
        admit: @escaping @Sendable (HPACKHeaders) throws(GRPCStatus) -> Void = { _ in }
    ) {
        self.methods = methods
        self.metrics = metrics
        unfinishedBytesMax = max(
            GRPCLimits.unfinishedBytesMax, requestBytesMax + GRPCLimits.chunkBytes)
        self.admit = admit
    }
}

final class ServerConnection {
    let shared: ServerShared
    let peers: GRPCPeers
    /// How each call under way is told to stop, if it is a stream.
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

    /// Takes `count` bytes more, or gives some back. False if they are too many.
    func hold(_ count: Int) -> Bool {
        unfinishedBytes += count
        let all = shared.unfinishedBytes.add(count, ordering: .relaxed).newValue
        return count <= 0
            || unfinishedBytes <= shared.unfinishedBytesMax
                && all <= GRPCLimits.allUnfinishedBytesMax
    }

    /// Ends the streams; what else was taken is still answered. Then, `close`.
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
