// One trigger as one HTTP request to the app, and its result. Dapr:
// pkg/channel/http/http_channel.go.

package import AsyncHTTPClient
package import DaprAPI
import Failpoints
import Jobs
import Logging
import NIOCore
import NIOHTTP1
package import Scheduler
import SchedulerCore
import Synchronization

/// The request that hands a trigger to an app.
package struct AppRequest: Equatable, Sendable {
    package let url: String
    package private(set) var headers: [(name: String, value: String)]
    /// The body; empty for a job without a payload.
    package let body: [UInt8]

    /// `token` is sent along and never shown.
    package init(
        _ loaded: LoadedDelivery, to address: AppAddress, token: String? = nil
    ) {
        let delivery = loaded.delivery
        url = "http://\(address)/job/\(URLText.escaped(delivery.id.name))"
        body = WirePayload.triggerBody(of: loaded.payload) ?? []
        headers = [
            ("content-type", "application/json"),
            ("content-length", "\(body.count)"),
            ("user-agent", "daybook"),
        ]
        headers += TriggerMetadata.fields(of: delivery)
        if let token { headers.append(("dapr-api-token", token)) }
    }

    package static func == (left: AppRequest, right: AppRequest) -> Bool {
        left.url == right.url && left.body == right.body
            && left.headers.elementsEqual(right.headers, by: ==)
    }
}

extension AppRequest {
    /// Silences the client's own log, which would show addresses and bodies at debug level;
    /// important events are logged by this module.
    static let clientLogger = Logger(label: "http-client") { _ in SwiftLogNoOpLogHandler() }

    /// Sends the request and waits for the whole answer, without limit or for at most `timeout`.
    package func send(by client: HTTPClient, timeout: Duration? = nil) async -> AppCallResult {
        let request: HTTPClient.Request
        do {
            request = try HTTPClient.Request(
                url: url, method: .POST, headers: HTTPHeaders(headers),
                body: body.isEmpty ? nil : .bytes(body))
        } catch {
            return .broken(reason: "no request can be made: \(error)")
        }
        let witness = CallWitness()
        let call = client.execute(
            request: request, delegate: witness,
            deadline: timeout.map { .now() + TimeAmount($0) }, logger: AppRequest.clientLogger)
        do {
            try await withTaskCancellationHandler {
                try await call.get()
            } onCancel: {
                call.cancel()
            }
            return witness.result(after: nil)
        } catch {
            return witness.result(after: error)
        }
    }
}

/// Observes one request and its answer: the error alone does not show whether the app may have seen
/// the request.
private final class CallWitness: HTTPClientResponseDelegate {
    private struct Sight {
        var isHeadSent = false
        var status: Int?
        /// `nil` once the answer is too long.
        var body: [UInt8]? = []
    }

    private struct AnswerTooLong: Error {}

    private let sight = Mutex(Sight())

    func didSendRequestHead(task: HTTPClient.Task<Void>, _ head: HTTPRequestHead) {
        sight.withLock { $0.isHeadSent = true }
    }

    func didSendRequest(task: HTTPClient.Task<Void>) { Failpoint.callSent.hit() }

    func didReceiveHead(
        task: HTTPClient.Task<Void>, _ head: HTTPResponseHead
    ) -> EventLoopFuture<Void> {
        sight.withLock { $0.status = Int(head.status.code) }
        return task.eventLoop.makeSucceededVoidFuture()
    }

    /// An answer that is too long ends the call and its connection, because it could be endless.
    func didReceiveBodyPart(
        task: HTTPClient.Task<Void>, _ buffer: ByteBuffer
    ) -> EventLoopFuture<Void> {
        let fits = sight.withLock { sight in
            guard let count = sight.body?.count,
                count + buffer.readableBytes <= AppLimits.answerBytesMax
            else {
                sight.body = nil
                return false
            }
            sight.body?.append(contentsOf: buffer.readableBytesView)
            return true
        }
        return fits
            ? task.eventLoop.makeSucceededVoidFuture()
            : task.eventLoop.makeFailedFuture(AnswerTooLong())
    }

    func didFinishRequest(task: HTTPClient.Task<Void>) throws {}

    func result(after error: (any Error)?) -> AppCallResult {
        let sight = sight.withLock { $0 }
        switch (sight.status, error) {
        case (.some(let status), nil):
            return .answered(AppAnswer(status: status, body: sight.body))
        case (.some(let status), .some) where sight.body == nil:
            return .answered(AppAnswer(status: status, body: nil))
        case (_, .some(let error)) where !sight.isHeadSent && sight.status == nil:
            return .neverSent(reason: "\(error)")
        case (_, .some(let error as HTTPClientError)) where error == .deadlineExceeded:
            return .timedOut
        default:
            return .broken(reason: error.map { "\($0)" } ?? "no answer")
        }
    }
}
