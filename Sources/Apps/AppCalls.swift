// Calling an app, independent of the protocol: sending a trigger and getting a result.

package import DaprAPI
import Jobs
package import NIOCore
package import NIOPosix
package import Scheduler
package import SchedulerCore

extension AppAddress {
    /// `nil` if the host is a name that has to be resolved.
    var numeric: SocketAddress? { try? SocketAddress(ipAddress: host, port: port) }
}

/// The event loops on which apps are probed and called. A loop resolves names one after another on
/// its thread, and some take half a minute, so an app with a name gets its own loop.
package struct AppLoops: Sendable {
    package let group: MultiThreadedEventLoopGroup
    private let isOwn: Bool

    package init(for address: AppAddress) {
        isOwn = address.numeric == nil
        group = isOwn ? MultiThreadedEventLoopGroup(numberOfThreads: 1) : .singleton
    }

    /// Whether the address accepts connections.
    func isAccepting(_ address: AppAddress) async -> Bool {
        let connection = try? await connect(to: address, on: group.any()) {
            $0.eventLoop.makeSucceededVoidFuture()
        }.get()
        try? await connection?.close()
        return connection != nil
    }

    /// Connects within a second; `configure` is called before the first byte.
    package func connect(
        to address: AppAddress, on loop: any EventLoop,
        configure: @escaping @Sendable (any Channel) -> EventLoopFuture<Void>
    ) -> EventLoopFuture<any Channel> {
        let bootstrap = ClientBootstrap(group: loop).connectTimeout(.seconds(1))
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
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
    /// Whether the address speaks the protocol of the calls. Answers within a few seconds, and
    /// sends nothing that an app could mistake for a call.
    func findsApp() async -> Bool
    /// Closes the client. No call may be made afterwards.
    func close() async throws
    /// Sends a trigger and waits for the answer, without limit or for at most `timeout`.
    func call(_ loaded: LoadedDelivery, timeout: Duration?) async -> AppCallResult
}

/// What an app answered.
package struct AppAnswer: Equatable, Sendable {
    package let outcome: Answer.Outcome
    /// HTTP's status, or gRPC's code, which is below 100.
    package let code: Int32
    /// The app has no handler for the job; the tick counts as done.
    package let isWithoutHandler: Bool
    /// The beginning of what it said of a failure: the body of HTTP's answer, or gRPC's message.
    package let words: [UInt8]

    /// Whether it says that the app is not available: HTTP's 502, 503 and 504, and gRPC's
    /// UNAVAILABLE.
    var isUnavailable: Bool { outcome == .failed && [502, 503, 504, 14].contains(code) }

    package init(
        outcome: Answer.Outcome, code: Int32, isWithoutHandler: Bool = false, words: [UInt8] = []
    ) {
        self.outcome = outcome
        self.code = code
        self.isWithoutHandler = isWithoutHandler
        self.words = Array(words.prefix(ErrorText.bytesMax))
    }

    /// `body` is `nil` if it was too long to be read.
    package init(status: Int, body: [UInt8]?) {
        let outcome = WireAnswer.outcome(status: status, body: body)
        self.init(
            outcome: outcome, code: Int32(clamping: status), isWithoutHandler: status == 404,
            words: outcome == .succeeded ? [] : WireAnswer.words(status: status, body: body))
    }
}

/// What makes it doubtful that an app is there, though connections to it are accepted.
package enum AppDoubt: Sendable {
    /// A connection broke before its answer.
    case brokeOff
    /// An answer said that the app is not available.
    case saidUnavailable
}

/// The result of a call.
package enum AppCallResult: Equatable, Sendable {
    case answered(AppAnswer)
    /// No byte of the request was sent: there was no connection.
    case neverSent(reason: String)
    /// The app may have seen the request; the connection broke before a whole answer came.
    case broken(reason: String)
    /// The app may have seen the request; it announced that it was closing the connection and sent
    /// no complete answer.
    case drained(reason: String)
    /// The app got the request and did not answer in time; the call was cancelled.
    case timedOut

    /// Whether the result means that the app is gone.
    var isOfLostApp: Bool {
        switch self {
        case .neverSent, .drained: true
        case .answered, .broken, .timedOut: false
        }
    }

    /// Why the result may come from a proxy while the app is not there, if it may.
    var doubt: AppDoubt? {
        switch self {
        case .broken: .brokeOff
        case .answered(let answer): answer.isUnavailable ? .saidUnavailable : nil
        case .neverSent, .drained, .timedOut: nil
        }
    }

    /// What the app said of a failure, with a salt of its own.
    var error: ErrorText? {
        guard case .answered(let answer) = self, !answer.words.isEmpty else { return nil }
        return ErrorText(answer.words, salt: (.random(in: 0...(.max)), .random(in: 0...(.max))))
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
