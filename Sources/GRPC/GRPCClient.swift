// Unary calls to one server over one HTTP/2 connection, which is opened when needed and again after
// it has ended. The result of a call says whether the server may have seen it.
//
// No pings are sent: a Go server closes a connection at the third ping within five minutes of
// another. TCP detects a host that is gone.

package import NIOCore

package final class GRPCClient: Sendable {
    private let loop: any EventLoop
    private let connections: NIOLoopBoundBox<ClientConnections>

    /// `authority` is the server's host and port as named in calls.
    package init(
        to authority: String, on group: any EventLoopGroup, metrics: GRPCMetrics,
        connect: @escaping GRPCConnect
    ) {
        loop = group.any()
        connections = NIOLoopBoundBox.makeBoxSendingValue(
            ClientConnections(
                to: authority, on: loop, metrics: metrics, connect: connect), eventLoop: loop)
    }

    /// Whether there is, or can be made, a connection whose peer speaks HTTP/2.
    package func connects() async -> Bool {
        let found = loop.makePromise(of: Bool.self)
        loop.execute {
            self.connections.value.withConnection { connection in
                if case .success = connection { found.succeed(true) } else { found.succeed(false) }
            }
        }
        return (try? await found.futureResult.get()) ?? false
    }

    /// Sends `message` with `metadata` to `path` and waits for the status, without limit or for at
    /// most `timeout`; if the task is cancelled the call is reset and its result is `broken`.
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

    /// The same without waiting: `end` gets the result.
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

    /// Closes the connection and ends the calls under way. No more calls can be made.
    package func close() async {
        let closed = loop.makePromise(of: Void.self)
        loop.execute {
            self.connections.value.close()
            closed.succeed()
        }
        try? await closed.futureResult.get()
    }
}
