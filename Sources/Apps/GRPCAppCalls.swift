// Triggers as calls of a gRPC app. Dapr: pkg/channel/grpc/grpc_channel.go.

package import DaprAPI
import DaprProtos
package import GRPC
package import Jobs
package import Logging
import NIOCore
import NIOPosix
package import Scheduler
import SchedulerCore
import SwiftProtobuf

/// The calls of one app, over one connection that is renewed whenever it has ended.
package final class GRPCAppCalls: AppCalls {
    private static let stable = "/dapr.proto.runtime.v1.AppCallback/OnJobEvent"
    private static let alpha = "/dapr.proto.runtime.v1.AppCallbackAlpha/OnJobEventAlpha1"

    /// The most connections to an app: the one used for calls, and one whose last calls are ending.
    package static let connectionsMax = 2

    private let client: GRPCClient
    private let token: AppToken

    package init(
        of address: AppAddress, token: AppToken, on loops: AppLoops, metrics: GRPCMetrics
    ) {
        client = GRPCClient(to: "\(address)", on: loops.group, metrics: metrics) {
            loop, configure in
            loops.connect(to: address, on: loop, configure: configure)
        }
        self.token = token
    }

    /// Only a peer that speaks HTTP/2 counts as the app; with one that accepts connections and then
    /// hangs, every trigger would be sent and given up after a while, repeatedly.
    package func findsApp() async -> Bool { await client.connects() }

    package func close() async { await client.close() }

    /// If the app's SDK does not know the stable method, the older one is tried; the stable one is
    /// tried first every time, because a newer app may replace this one at any moment.
    package func call(_ loaded: LoadedDelivery, timeout: Duration?) async -> AppCallResult {
        let metadata = metadata(of: loaded.delivery)
        let message = message(of: loaded)
        let timeout = timeout.map { TimeAmount($0) }
        for path in [Self.stable, Self.alpha] {
            let end = await client.call(
                path, metadata: metadata, message: message, timeout: timeout)
            if case .answered(.unimplemented, _) = end, path == Self.stable { continue }
            return AppCallResult(end)
        }
        preconditionFailure("the second path was not tried")
    }

    private func metadata(of delivery: Delivery) -> [(name: String, value: String)] {
        var metadata = TriggerMetadata.fields(of: delivery)
            .map { (name: $0.name.lowercased(), value: $0.value) }
        if let token = token.current { metadata.append(("dapr-api-token", token)) }
        return metadata
    }

    private func message(of loaded: LoadedDelivery) -> [UInt8] {
        let delivery = loaded.delivery
        let request = Dapr_Proto_Runtime_V1_JobEventRequest.with {
            $0.name = delivery.id.name
            $0.method = "job/\(delivery.id.name)"
            if let payload = loaded.payload {
                $0.data = AnyMessage(payload)
                $0.contentType = payload.typeURL
            }
            $0.httpExtension = .with { $0.verb = .post }
        }
        // It only fails for messages with required fields, and proto3 has none.
        return (try? request.serializedBytes()) ?? []
    }
}

extension AppCallResult {
    init(_ end: GRPCCallEnd) {
        self =
            switch end {
            case .answered(.ok, _): .answered(AppAnswer(outcome: .succeeded, code: 0))
            case .answered(.notFound, _):
                // An app without a handler does not want the trigger again.
                .answered(
                    AppAnswer(
                        outcome: .succeeded, code: GRPCStatus.Code.notFound.rawValue,
                        isWithoutHandler: true))
            case .answered(let code, let message):
                .answered(
                    AppAnswer(outcome: .failed, code: code.rawValue, words: Array(message.utf8)))
            case .neverSent(let reason): .neverSent(reason: reason)
            case .broken(let reason): .broken(reason: reason)
            case .drained(let reason): .drained(reason: reason)
            case .timedOut: .timedOut
            }
    }
}

extension AppChannel {
    /// A channel to an app that is called over gRPC.
    package convenience init(
        grpc address: AppAddress, scheduler: Scheduler, route: RouteKey,
        token: AppToken = AppToken(), window: UInt32, timeout: Duration? = nil,
        metrics: GRPCMetrics = GRPCMetrics(), logger: Logger
    ) {
        let loops = AppLoops(for: address)
        self.init(
            to: address,
            by: GRPCAppCalls(of: address, token: token, on: loops, metrics: metrics), on: loops,
            scheduler: scheduler, route: route, window: window, timeout: timeout, logger: logger)
    }
}
