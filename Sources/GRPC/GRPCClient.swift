// Unary calls of one server over one HTTP/2 connection, which is made when it is needed and made again when
// it has ended. What comes of a call says whether the server may have seen it.
//
// No pings are sent: a Go server ends a connection at the third that comes within five minutes of another.
// A host that is gone is noticed by TCP.

package import NIOCore

package final class GRPCClient: Sendable {
    private let loop: any EventLoop
    private let connections: NIOLoopBoundBox<ClientConnections>

    /// `authority` is how calls name the server: its host and port.
    package init(
        to authority: String, on group: any EventLoopGroup, metrics: GRPCMetrics,
        connect: @escaping GRPCConnect
    ) {
        loop = group.any()
        connections = NIOLoopBoundBox.makeBoxSendingValue(
            ClientConnections(
                to: authority, on: loop, metrics: metrics, connect: connect), eventLoop: loop)
    }

    /// Whether there is a connection whose other side speaks HTTP/2, or one can be made.
    package func connects() async -> Bool {
        let found = loop.makePromise(of: Bool.self)
        loop.execute {
            self.connections.value.withConnection { connection in
                if case .success = connection { found.succeed(true) } else { found.succeed(false) }
            }
        }
        return (try? await found.futureResult.get()) ?? false
    }

    /// Sends `message` to `path` and waits for the status, for as long as that takes or `timeout`
    /// says; when the task is cancelled the call is reset, and broken. `metadata` goes with it.
    package func call(
        _ path: String, metadata: [(name: String, value: String)], message: [UInt8],
        timeout: TimeAmount?
    ) async -> GRPCCallEnd {
        let (end, giveUp) = start(path, metadata: metadata, message: message, timeout: timeout)
        return await withTaskCancellationHandler {
            (try? await end.get()) ?? .broken(reason: "given up")
        } onCancel: {
            giveUp()
        }
    }

    /// Likewise, without waiting.
    package func start(
        _ path: String, metadata: [(name: String, value: String)], message: [UInt8],
        timeout: TimeAmount?
    ) -> (end: EventLoopFuture<GRPCCallEnd>, giveUp: @Sendable () -> Void) {
        let end = loop.makePromise(of: GRPCCallEnd.self)
        let request = ClientRequest(path: path, metadata: metadata, message: message)
        let started = NIOLoopBoundBox<ClientCall?>.makeEmptyBox(eventLoop: loop)
        loop.execute {
            let call = ClientCall(request, end)
            started.value = call
            self.connections.value.start(call, timeout: timeout)
        }
        let giveUp: @Sendable () -> Void = { [loop] in
            loop.execute { started.value?.end(.broken(reason: "given up")) }
        }
        return (end.futureResult, giveUp)
    }

    /// Ends the connection, and with it the calls under way. No more can be made.
    package func close() async {
        let closed = loop.makePromise(of: Void.self)
        loop.execute {
            self.connections.value.close()
            closed.succeed()
        }
        try? await closed.futureResult.get()
    }
}
