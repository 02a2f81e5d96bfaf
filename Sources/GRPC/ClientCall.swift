// A client's call and its result.

import NIOCore
import NIOHPACK

/// The result of a call.
package enum GRPCCallEnd: Equatable, Sendable {
    /// The server answered; `message` is what it said beside the code.
    case answered(GRPCStatus.Code, message: String = "")
    /// The server saw nothing of the call, or reported that it did not process it.
    case neverSent(reason: String)
    /// The connection, or the call's stream, ended before an answer.
    case broken(reason: String)
    /// The same, after the server had announced that it would close the connection.
    case drained(reason: String)
    case timedOut
}

struct ClientRequest: Sendable {
    let path: String
    let metadata: [(name: String, value: String)]
    let message: [UInt8]

    func headers(authority: String) -> HPACKHeaders {
        var headers: HPACKHeaders = [
            ":method": "POST", ":scheme": "http", ":path": path, ":authority": authority,
            "content-type": "application/grpc", "te": "trailers", "user-agent": "daybook",
        ]
        for (name, value) in metadata { headers.add(name: name, value: value) }
        return headers
    }
}

/// A call, retried over further connections until a server has begun to process it.
final class ClientCall {
    let request: ClientRequest
    /// How many streams it was given; the server had not begun to process any of the earlier ones.
    var attempts = 0
    /// Closes its current stream, if any.
    var closeStream: (() -> Void)?
    /// Whether anything was sent that a server may have begun to process.
    var isSent = false
    private let promise: EventLoopPromise<GRPCCallEnd>
    private var timer: Scheduled<Void>?
    private(set) var isOver = false

    init(_ request: ClientRequest, _ promise: EventLoopPromise<GRPCCallEnd>) {
        self.request = request
        self.promise = promise
    }

    func setTimer(_ timeout: TimeAmount, on loop: any EventLoop) {
        let bound = NIOLoopBound(self, eventLoop: loop)
        timer = loop.scheduleTask(in: timeout) {
            let call = bound.value
            call.end(call.isSent ? .timedOut : .neverSent(reason: "no connection in time"))
        }
    }

    func end(_ end: GRPCCallEnd) {
        guard !isOver else { return }
        isOver = true
        timer?.cancel()
        promise.succeed(end)
        closeStream?()
        closeStream = nil
    }
}
