// How an app is called, whatever the protocol: a trigger goes out, and something comes of it.

package import DaprAPI
package import NIOCore
package import NIOPosix
package import Scheduler
package import SchedulerCore

extension AppAddress {
    /// `nil` if the host is a name, which is to be looked up.
    var numeric: SocketAddress? { try? SocketAddress(ipAddress: host, port: port) }
}

/// The threads that an app is looked for and called on. Names are looked up one after another on
/// the thread of a loop, and some take half a minute: an app with a name has a loop to itself.
package struct AppLoops: Sendable {
    package let group: MultiThreadedEventLoopGroup
    private let isOwn: Bool

    package init(for address: AppAddress) {
        isOwn = address.numeric == nil
        group = isOwn ? MultiThreadedEventLoopGroup(numberOfThreads: 1) : .singleton
    }

    /// Whether somebody accepts connections there.
    func isAccepting(_ address: AppAddress) async -> Bool {
        let connection = try? await connect(to: address, on: group.any()) {
            $0.eventLoop.makeSucceededVoidFuture()
        }.get()
        try? await connection?.close()
        return connection != nil
    }

    /// A connection that `configure` has in hand before the first byte, within a second.
    package func connect(
        to address: AppAddress, on loop: any EventLoop,
        configure: @escaping @Sendable (any Channel) -> EventLoopFuture<Void>
    ) -> EventLoopFuture<any Channel> {
        let bootstrap = ClientBootstrap(group: loop).connectTimeout(.seconds(1))
            .channelOption(.socketOption(.tcp_nodelay), value: 1)
            .channelInitializer(configure)
        return if let numeric = address.numeric {
            bootstrap.connect(to: numeric)
        } else {
            bootstrap.connect(host: address.host, port: address.port)
        }
    }

    func close() async throws {
        if isOwn { try await group.shutdownGracefully() }
    }
}

/// Carries triggers to one app.
package protocol AppCalls: Sendable {
    /// Whether somebody is there who speaks as the calls do. Says so within a few seconds, and sends
    /// nothing that an app could take for a call.
    func findsApp() async -> Bool
    /// Closes it, when no call is made any more.
    func close() async throws
    /// Hands a trigger over and waits for the answer, for as long as that takes or `timeout` says.
    func call(_ loaded: LoadedDelivery, timeout: Duration?) async -> AppCallResult
}

/// What an app answered.
package struct AppAnswer: Equatable, Sendable {
    package let outcome: Answer.Outcome
    /// HTTP's status, or gRPC's code, which is below 100.
    package let code: Int32
    /// The app has no handler for the job; its tick is used up.
    package let isWithoutHandler: Bool

    package init(outcome: Answer.Outcome, code: Int32, isWithoutHandler: Bool = false) {
        self.outcome = outcome
        self.code = code
        self.isWithoutHandler = isWithoutHandler
    }

    /// `body` is `nil` if it was too long to be looked at.
    package init(status: Int, body: [UInt8]?) {
        self.init(
            outcome: WireAnswer.outcome(status: status, body: body), code: Int32(clamping: status),
            isWithoutHandler: status == 404)
    }
}

/// What came of a call.
package enum AppCallResult: Equatable, Sendable {
    case answered(AppAnswer)
    /// Not a byte of the request left: no connection could be had.
    case neverSent(reason: String)
    /// The app may have seen the request; the connection broke before a whole answer came.
    case broken(reason: String)
    /// The app may have seen the request; it said that it goes away, and gave no whole answer.
    case drained(reason: String)
    /// The app had the request and did not answer in time; the call is given up.
    case timedOut

    /// Whether the app is not there any more, as far as its connection says.
    var isOfLostApp: Bool {
        switch self {
        case .neverSent, .drained: true
        case .answered, .broken, .timedOut: false
        }
    }

    package var answer: (outcome: Answer.Outcome, code: Int32) {
        switch self {
        case .answered(let answer): (answer.outcome, answer.code)
        case .neverSent: (.undeliverable, 0)
        case .broken: (.broken, 0)
        case .drained: (.drained, 0)
        case .timedOut: (.timedOut, 0)
        }
    }
}
