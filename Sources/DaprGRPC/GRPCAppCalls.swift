// Triggers as calls of a gRPC app. Dapr: pkg/channel/grpc/grpc_channel.go.

package import DaprAPI
import DaprProtos
import GRPCCore
import GRPCNIOTransportHTTP2Posix
import GRPCProtobuf
package import Jobs
package import Logging
import NIOCore
package import Scheduler
import SchedulerCore
import SwiftProtobuf
import Synchronization

/// The calls of one app, over one connection that is made again whenever it breaks.
package final class GRPCAppCalls: AppCalls {
    private typealias Stable = Dapr_Proto_Runtime_V1_AppCallback
    private typealias Alpha = Dapr_Proto_Runtime_V1_AppCallbackAlpha

    /// Connections to an app at most: the one that calls go over, and one that takes its place.
    package static let connectionsMax = 2

    private let client: GRPCClient<HTTP2ClientTransport.Posix>
    private let address: AppAddress
    private let token: AppToken
    private let loops: AppLoops

    package init(of address: AppAddress, token: AppToken, on loops: AppLoops) throws {
        client = GRPCClient(
            transport: try .http2NIOPosix(
                target: address.target, transportSecurity: .plaintext,
                config: .defaults {
                    $0.backoff = .init(
                        initial: .milliseconds(50), max: .seconds(1), multiplier: 1.6, jitter: 0.2)
                    $0.connection.keepalive = .init(
                        time: .seconds(30), timeout: .seconds(10), allowWithoutCalls: false)
                }))
        self.address = address
        self.token = token
        self.loops = loops
    }

    package func run() async {
        // It throws when it is cancelled; a connection that cannot be had shows in the calls.
        try? await client.runConnections()
    }

    package func close() async {}

    /// Only who speaks HTTP/2 can be called; one that accepts connections and says nothing, or
    /// hangs, would take every trigger to be given up after a while, again and again.
    package func findsApp() async -> Bool { await Greeting(to: address, on: loops).isReturned() }

    /// An SDK that does not know the stable method is called by the older one, every time: an app
    /// may be replaced by a newer one at any moment.
    package func call(_ loaded: LoadedDelivery, timeout: Duration?) async -> AppCallResult {
        let result = await call(Stable.Method.OnJobEvent.descriptor, loaded, timeout)
        guard case .answered(let answer) = result,
            answer.code == RPCError.Code.unimplemented.number
        else { return result }
        return await call(Alpha.Method.OnJobEventAlpha1.descriptor, loaded, timeout)
    }

    private func call(
        _ method: MethodDescriptor, _ loaded: LoadedDelivery, _ timeout: Duration?
    ) async -> AppCallResult {
        let call = AppCall(client: client, method: method, request: request(for: loaded))
        return await call.result(timeout: timeout)
    }

    private func request(for loaded: LoadedDelivery) -> AppCall.Request {
        let delivery = loaded.delivery
        var metadata = Metadata()
        let traceparent = TriggerMetadata.traceparent()
        for (name, value) in TriggerMetadata.fields(of: delivery, traceparent: traceparent) {
            metadata.addString(value, forKey: name.lowercased())
        }
        if let token = token.current { metadata.addString(token, forKey: "dapr-api-token") }
        let message = Dapr_Proto_Runtime_V1_JobEventRequest.with {
            $0.name = delivery.id.name
            $0.method = "job/\(delivery.id.name)"
            if let payload = loaded.payload {
                $0.data = AnyMessage(payload)
                $0.contentType = payload.typeURL
            }
            $0.httpExtension = .with { $0.verb = .post }
        }
        return AppCall.Request(metadata: metadata, message: message)
    }
}

/// One call, and what came of it.
private struct AppCall {
    struct Request {
        let metadata: Metadata
        let message: Dapr_Proto_Runtime_V1_JobEventRequest
    }

    private enum End {
        case answered(RPCError.Code?, String)
        case notConnected
        case tooLate
    }

    let client: GRPCClient<HTTP2ClientTransport.Posix>
    let method: MethodDescriptor
    let request: Request

    /// Waits for a connection for `Limits.connectDuration`, then for the answer as long as it takes
    /// or `timeout` says.
    func result(timeout: Duration?) async -> AppCallResult {
        let isSent = SentFlag()
        let end = await withTaskGroup(of: End?.self) { group in
            group.addTask { await send(isSent) }
            group.addTask {
                guard (try? await Task.sleep(for: Limits.connectDuration)) != nil else {
                    return nil
                }
                return isSent.value ? nil : .notConnected
            }
            if let timeout {
                group.addTask {
                    guard (try? await Task.sleep(for: timeout)) != nil else { return nil }
                    return .tooLate
                }
            }
            var end: End?
            for await next in group {
                end = next
                if next != nil { break }
            }
            group.cancelAll()
            return end
        }
        switch end {
        case .answered(nil, _): return .answered(AppAnswer(outcome: .succeeded, code: 0))
        case .answered(.some(let code), let reason):
            if !isSent.value { return .neverSent(reason: reason) }
            return .answered(
                AppAnswer(
                    // An app that dropped the handler does not want the trigger again.
                    outcome: code == .notFound ? .succeeded : .failed, code: code.number,
                    isWithoutHandler: code == .notFound))
        case .tooLate: return isSent.value ? .timedOut : .neverSent(reason: "no connection in time")
        case .notConnected:
            // The call may have gone out just before it was given up.
            return isSent.value
                ? .broken(reason: "given up as it was sent")
                : .neverSent(reason: "no connection in time")
        case nil: return .broken(reason: "given up")
        }
    }

    private func send(_ isSent: SentFlag) async -> End {
        var options = CallOptions.defaults
        options.waitForReady = true
        let message = request.message
        do {
            try await client.clientStreaming(
                request: StreamingClientRequest(metadata: request.metadata) { writer in
                    isSent.set()
                    try await writer.write(message)
                },
                descriptor: method,
                serializer: ProtobufSerializer<Dapr_Proto_Runtime_V1_JobEventRequest>(),
                deserializer: ProtobufDeserializer<Dapr_Proto_Runtime_V1_JobEventResponse>(),
                options: options
            ) { _ = try $0.message }
            return .answered(nil, "")
        } catch let error as RPCError {
            return .answered(error.code, error.message)
        } catch {
            return .answered(.unknown, "\(error)")
        }
    }
}

/// Whether the app may have seen a call.
private final class SentFlag: Sendable {
    private let flag = Atomic<Bool>(false)
    var value: Bool { flag.load(ordering: .acquiring) }
    func set() { flag.store(true, ordering: .releasing) }
}

extension RPCError.Code {
    fileprivate var number: Int32 { Int32(clamping: rawValue) }
}

extension AppAddress {
    fileprivate var target: any ResolvableTarget {
        switch numeric {
        case .v4: .ipv4(address: host, port: port)
        case .v6: .ipv6(address: host, port: port)
        case .unixDomainSocket, nil: .dns(host: host, port: port)
        }
    }
}

extension AppChannel {
    /// To an app that is called over gRPC.
    package convenience init(
        grpc address: AppAddress, scheduler: Scheduler, route: RouteKey,
        token: AppToken = AppToken(), window: UInt32, timeout: Duration? = nil, logger: Logger
    ) throws {
        let loops = AppLoops(for: address)
        self.init(
            to: address, by: try GRPCAppCalls(of: address, token: token, on: loops), on: loops,
            scheduler: scheduler, route: route, window: window, timeout: timeout, logger: logger)
    }
}
