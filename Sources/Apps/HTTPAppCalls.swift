import AsyncHTTPClient
package import DaprAPI
package import Jobs
package import Logging
import NIOCore
package import Scheduler
import SchedulerCore

/// Triggers as HTTP requests to an app.
package final class HTTPAppCalls: AppCalls {
    private let address: AppAddress
    private let token: AppToken
    private let loops: AppLoops
    private let client: HTTPClient

    /// For an app that accepts `window` triggers before it has answered any.
    package init(
        of address: AppAddress, token: AppToken = AppToken(),
        window: UInt32 = AppLimits.windowStandard, on loops: AppLoops
    ) {
        self.address = address
        self.token = token
        self.loops = loops
        client = HTTPClient(
            eventLoopGroupProvider: .shared(loops.group),
            configuration: Self.configuration(connectionsMax: Self.connectionsMax(of: window)),
            backgroundActivityLogger: AppRequest.clientLogger)
    }

    /// The most connections to an app that accepts `window` triggers: one for each in flight.
    package static func connectionsMax(of window: UInt32) -> Int {
        AppChannel.inFlightMax(of: window)
    }

    /// Whatever accepts connections counts as the app: an HTTP server sends nothing unasked.
    package func findsApp() async -> Bool {
        await loops.isAccepting(address)
    }

    package func close() async throws { try await client.shutdown() }

    package func call(_ loaded: LoadedDelivery, timeout: Duration?) async -> AppCallResult {
        let request = AppRequest(loaded, to: address, token: token.current)
        return await request.send(by: client, timeout: timeout)
    }

    /// No proxy, no redirects, no time limit. Idle connections are closed after a second: if a
    /// server closes one just as it is reused, it is unknown whether the app saw the request, which
    /// is then sent again. Servers keep theirs for at least 2 s (gunicorn; uvicorn and Node 5 s).
    private static func configuration(connectionsMax: Int) -> HTTPClient.Configuration {
        var pool = HTTPClient.Configuration.ConnectionPool(
            idleTimeout: .seconds(1),
            concurrentHTTP1ConnectionsPerHostSoftLimit: connectionsMax)
        pool.retryConnectionEstablishment = false
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow, timeout: .init(connect: .seconds(5)),
            connectionPool: pool)
        configuration.httpVersion = .http1Only
        configuration.http1_1ConnectionDebugInitializer = AppConnection.prepare
        return configuration
    }
}

extension AppChannel {
    /// A channel to an app that is called over HTTP.
    package convenience init(
        http address: AppAddress, scheduler: Scheduler, route: RouteKey,
        token: AppToken = AppToken(), window: UInt32 = AppLimits.windowStandard,
        timeout: Duration? = nil, backOff: BackOff = BackOff(), patience: Patience = Patience(),
        logger: Logger
    ) {
        let loops = AppLoops(for: address)
        self.init(
            to: address, by: HTTPAppCalls(of: address, token: token, window: window, on: loops),
            on: loops, scheduler: scheduler, route: route, window: window, timeout: timeout,
            backOff: backOff, patience: patience, logger: logger)
    }
}
