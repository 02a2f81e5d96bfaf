// The app's side of the scheduler: one receiver that stands for one address. It looks for the app
// until it accepts connections, says so, carries every trigger over as an HTTP request and hands
// back what became of it.
//
// away -> (connects) -> attached -> (a connection could not be had) -> away. While it is away the
// scheduler sends it nothing, so an app that is down costs no attempt of any job.

import AsyncHTTPClient
package import Jobs
package import Logging
import NIOCore
import NIOPosix
package import Scheduler
import SchedulerCore
import ServiceLifecycle
import Synchronization

package final class AppChannel: Service, DeliveryReceiver {
    /// How long to wait before looking for the app again: doubles up to a limit, starts over once
    /// it took a trigger.
    package struct BackOff: Sendable {
        package var first = Duration.milliseconds(50)
        package var max = Duration.seconds(1)
        package init() {}
    }

    private struct State {
        var attached: ReceiverID?
        /// Triggers that were taken and not answered, of this attachment and of earlier ones.
        var inFlightCount = 0
        /// Whether the app took any since the last attachment.
        var isProven = false
        var warnedNames: Set<String> = []
    }

    private let scheduler: Scheduler
    private let route: RouteKey
    private let address: AppAddress
    private let window: UInt32
    private let backOff: BackOff
    private let logger: Logger
    private let state = Mutex(State())
    private let batches: AsyncStream<[LoadedDelivery]>
    private let newBatch: AsyncStream<[LoadedDelivery]>.Continuation
    /// One element each time the app must be looked for, the first at the start.
    private let losses: AsyncStream<Void>
    private let newLoss: AsyncStream<Void>.Continuation

    package init(
        scheduler: Scheduler, route: RouteKey, address: AppAddress,
        window: UInt32 = Limits.windowStandard, backOff: BackOff = BackOff(), logger: Logger
    ) {
        self.scheduler = scheduler
        self.route = route
        self.address = address
        self.window = window
        self.backOff = backOff
        self.logger = logger
        (batches, newBatch) = AsyncStream.makeStream()
        (losses, newLoss) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    package func deliver(_ deliveries: [LoadedDelivery]) {
        state.withLock { $0.inFlightCount += deliveries.count }
        newBatch.yield(deliveries)
    }

    /// Runs until graceful shutdown, which comes when the scheduler has drained; then gives up
    /// whatever is still open.
    package func run() async throws {
        let client = HTTPClient(
            eventLoopGroupProvider: .singleton, configuration: clientConfiguration,
            backgroundActivityLogger: AppRequest.clientLogger)
        newLoss.yield()
        await cancelWhenGracefulShutdown {
            await withTaskGroup { group in
                group.addTask { await self.keepAttached() }
                group.addTask { await self.carryBatches(client) }
            }
        }
        try await client.shutdown()
    }

    /// No proxy, no redirects, no limit of time. Idle connections are dropped after a second: a
    /// server that closes one just when it is used again leaves it open whether the app saw the
    /// request, and that costs an attempt. Servers keep theirs for 2 s at the least (gunicorn;
    /// uvicorn and Node 5 s).
    private var clientConfiguration: HTTPClient.Configuration {
        var pool = HTTPClient.Configuration.ConnectionPool(
            idleTimeout: .seconds(1),
            concurrentHTTP1ConnectionsPerHostSoftLimit: inFlightMax)
        pool.retryConnectionEstablishment = false
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow, timeout: .init(connect: .seconds(5)),
            connectionPool: pool)
        configuration.httpVersion = .http1Only
        return configuration
    }

    /// Triggers in flight at most, those of earlier attachments included: apps may hold on to some
    /// for hours.
    private var inFlightMax: Int { 2 * Int(window) }
}

// MARK: Presence

extension AppChannel {
    /// Looks for the app whenever it was lost, and attaches when it answers.
    private func keepAttached() async {
        var delay: Duration?
        for await _ in losses {
            if state.withLock({ $0.isProven }) { delay = nil }
            var isFirstLook = true
            while true {
                if let delay {
                    do { try await Task.sleep(for: delay) } catch { return }
                }
                delay = delay.map { min($0 * 2, backOff.max) } ?? backOff.first
                let answers = await connects()
                if answers, attach() { break }
                if Task.isCancelled { return }
                if isFirstLook {
                    logger.warning(
                        answers
                            ? "the app still holds too many earlier triggers"
                            : "the app does not answer", metadata: ["address": shownAddress])
                }
                isFirstLook = false
            }
            logger.info("the app answers", metadata: ["address": shownAddress])
        }
    }

    /// False while so many old triggers are in flight that there is no room for a window of new
    /// ones.
    private func attach() -> Bool {
        state.withLock { state in
            guard state.inFlightCount + Int(window) <= inFlightMax else { return false }
            state.isProven = false
            state.attached = scheduler.attach(
                self, route: route, address: "\(address)", window: window)
            return true
        }
    }

    /// The app could not be reached for a trigger of `receiver`. When this returns the scheduler
    /// has been told, so the answer that follows cannot bring the trigger straight back.
    private func lost(_ receiver: ReceiverID) {
        state.withLock { state in
            guard state.attached == receiver else { return }
            state.attached = nil
            scheduler.detach(receiver, .awaited)
            newLoss.yield()
        }
    }

    private func connects() async -> Bool {
        let bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(.seconds(1))
        do {
            let channel = try await bootstrap.connect(host: address.host, port: address.port).get()
            try? await channel.close()
            return true
        } catch {
            return false
        }
    }

    private var shownAddress: Logger.MetadataValue { "\(LogText.escaped("\(address)"))" }
}

// MARK: Triggers

extension AppChannel {
    private func carryBatches(_ client: HTTPClient) async {
        await withDiscardingTaskGroup { group in
            for await batch in batches {
                for loaded in batch {
                    group.addTask { await self.carry(loaded, client) }
                }
            }
            group.cancelAll()
        }
    }

    private func carry(_ loaded: LoadedDelivery, _ client: HTTPClient) async {
        var random = SystemRandomNumberGenerator()
        let request = AppRequest(
            loaded, to: address, traceparent: AppRequest.traceparent(using: &random))
        let result = await request.send(by: client)
        // Given up at shutdown: nobody takes answers any more, and the log says what was in flight.
        if Task.isCancelled { return }
        note(result, of: loaded.delivery)
        let (outcome, code) = result.answer
        if outcome == .undeliverable {
            lost(loaded.delivery.receiver)
        } else {
            state.withLock { $0.isProven = true }
        }
        state.withLock { $0.inFlightCount -= 1 }
        scheduler.answer(
            Answer(trigger: loaded.delivery.trigger, outcome: outcome, code: code))
    }

    private func note(_ result: AppCallResult, of delivery: Delivery) {
        let name = delivery.id.name
        switch result {
        case .answered(404, _):
            let isFirst = state.withLock { state in
                state.warnedNames.count < Limits.warnedNamesMax
                    && state.warnedNames.insert(name).inserted
            }
            guard isFirst else { return }
            logger.warning(
                "the app has no handler for the job (404); its ticks are used up",
                metadata: ["job": "\(LogText.escaped(name))"])
        case .answered: return
        case .neverSent(let reason), .broken(let reason):
            logger.debug(
                "a trigger did not get through",
                metadata: [
                    "job": "\(LogText.escaped(name))",
                    "trigger": "\(delivery.trigger.sequence)",
                    "reason": "\(LogText.escaped(reason))",
                ])
        }
    }
}
