import DaprProtos
import GRPC
import SwiftProtobuf

/// Reports the hosts of the scheduler service: only this one. It sends one message, and the stream
/// stays open until its client ends it.
final class HostsStream: GRPCStream {
    private let address: String
    private let peer: String
    private let hosts: SidecarHosts
    private var isTold = false

    init(_ address: String, peer: String, hosts: SidecarHosts) {
        self.address = address
        self.peer = peer
        self.hosts = hosts
    }

    /// "ipv4:127.0.0.1:50006", "ipv6:[::1]:50006": the part after the kind.
    static func address(in peer: String) -> String {
        peer.split(separator: ":", maxSplits: 1).last.map(String.init) ?? ""
    }

    func take(_ messages: [Dapr_Proto_Scheduler_V1_WatchHostsRequest]) {}

    func next() -> Dapr_Proto_Scheduler_V1_WatchHostsResponse? {
        guard !isTold else { return nil }
        isTold = true
        hosts.watchBegan(peer)
        return .with { $0.hosts = [.with { $0.address = address }] }
    }

    /// The client sends nothing more from the beginning, which does not end the stream.
    func clientHasEnded() -> Bool { false }

    func end(_ end: GRPCStreamEnd) {
        if isTold { hosts.watchEnded(peer) }
    }
}
