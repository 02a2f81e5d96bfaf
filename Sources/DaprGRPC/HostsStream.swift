import DaprProtos
import GRPC
import SwiftProtobuf

/// Which hosts serve the scheduler service: this one alone. It says so once, and the stream stays open
/// until its client goes.
final class HostsStream: GRPCStream {
    private let address: String
    private var isTold = false

    init(_ address: String) { self.address = address }

    /// "ipv4:127.0.0.1:50006", "ipv6:[::1]:50006": what stands behind the kind.
    static func address(in peer: String) -> String {
        peer.split(separator: ":", maxSplits: 1).last.map(String.init) ?? ""
    }

    func take(_ messages: [Dapr_Proto_Scheduler_V1_WatchHostsRequest]) {}

    func next() -> Dapr_Proto_Scheduler_V1_WatchHostsResponse? {
        guard !isTold else { return nil }
        isTold = true
        return .with { $0.hosts = [.with { $0.address = address }] }
    }

    /// It has nothing more to say from the beginning.
    func clientHasEnded() -> Bool { false }

    func end(_ end: GRPCStreamEnd) {}
}
