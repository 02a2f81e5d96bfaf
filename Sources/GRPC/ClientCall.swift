// A call of a client, and what comes of it.

import NIOCore
import NIOHPACK

/// What came of a call.
package enum GRPCCallEnd: Equatable, Sendable {
    /// The server answered.
    case answered(GRPCStatus.Code)
    /// The server saw nothing of it, or said so.
    case neverSent(reason: String)
    /// The connection, or the call's stream, ended before an answer.
    case broken(reason: String)
    /// Likewise, after the server had said that it would close the connection.
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

/// A call, over as many connections as it takes until a server has begun with it.
final class ClientCall {
    let request: ClientRequest
    /// Streams it was given; each of the earlier ones the server had not begun with.
    var attempts = 0
    /// Closes the stream it has now, if it has one.
    var closeStream: (() -> Void)?
    /// Whether anything of it has been sent that a server may have begun with.
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
