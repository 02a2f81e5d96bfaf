// The app's side of the scheduler: one receiver that stands for one address. It looks for the app
// until it accepts connections, says so, carries every trigger over as an HTTP request and hands
// back what became of it.
//
// away -> (connects) -> attached -> (a connection could not be had) -> away. While it is away the
// scheduler sends it nothing, so an app that is down costs no attempt of any job.

import AsyncHTTPClient
import EventLog
import Glibc
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

    /// When a full window is worth a warning, and how often while it stays full.
    package struct Patience: Sendable {
        package var first = Duration.seconds(1)
        package var again = Duration.seconds(60)
        package init() {}
    }

    private struct State {
        var attached: ReceiverID?
        /// Triggers that were taken and not answered, of this attachment and of earlier ones.
        var window: AppWindow
        /// Whether the app took any since the last attachment.
        var isProven = false
        /// The filling of the window that has been warned about.
        var warnedFilling: UInt64?
    }

    private let scheduler: Scheduler
    private let route: RouteKey
    private let address: AppAddress
    private let token: AppToken
    private let window: UInt32
    private let timeout: Duration?
    private let backOff: BackOff
    private let patience: Patience
    private let notes: AppNotes
    private let state: Mutex<State>
    private let batches: AsyncStream<[LoadedDelivery]>
    private let newBatch: AsyncStream<[LoadedDelivery]>.Continuation
    /// One element each time the app must be looked for, the first at the start.
    private let losses: AsyncStream<Void>
    private let newLoss: AsyncStream<Void>.Continuation
    /// One element each time the window has become full.
    private let fillings: AsyncStream<Void>
    private let newFilling: AsyncStream<Void>.Continuation

    /// Without `timeout` the app may take as long as it likes for a trigger.
    package init(
        scheduler: Scheduler, route: RouteKey, address: AppAddress, token: AppToken = AppToken(),
        window: UInt32 = Limits.windowStandard, timeout: Duration? = nil,
        backOff: BackOff = BackOff(), patience: Patience = Patience(), logger: Logger
    ) {
        self.scheduler = scheduler
        self.route = route
        self.address = address
        self.token = token
        self.window = window
        self.timeout = timeout
        self.backOff = backOff
        self.patience = patience
        notes = AppNotes(address: address, logger: logger)
        state = Mutex(State(window: AppWindow(size: Int(window))))
        (batches, newBatch) = AsyncStream.makeStream()
        (losses, newLoss) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        (fillings, newFilling) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    package func deliver(_ deliveries: [LoadedDelivery]) {
        let now = AppChannel.now()
        let hasFilled = state.withLock { $0.window.take(deliveries, at: now) }
        newBatch.yield(deliveries)
        if hasFilled { newFilling.yield() }
    }

    /// Runs until graceful shutdown, which comes when the scheduler has drained; then gives up
    /// whatever is still open.
    package func run() async throws {
        // Names are looked up one after another on the thread of a loop, and some take half a
        // minute: an app with a name has a loop to itself.
        let own = address.numeric != nil ? nil : MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let group = own ?? .singleton
        let client = HTTPClient(
            eventLoopGroupProvider: .shared(group), configuration: clientConfiguration,
            backgroundActivityLogger: AppRequest.clientLogger)
        newLoss.yield()
        await cancelWhenGracefulShutdown {
            await withTaskGroup { tasks in
                tasks.addTask { await self.keepAttached(group) }
                tasks.addTask { await self.carryBatches(client) }
                tasks.addTask { await self.watchWindow() }
            }
        }
        try await client.shutdown()
        try await own?.shutdownGracefully()
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
    private func keepAttached(_ group: MultiThreadedEventLoopGroup) async {
        var delay: Duration?
        for await _ in losses {
            if state.withLock({ $0.isProven }) { delay = nil }
            var saidOfAnswers: Bool?
            while true {
                if let delay {
                    do { try await Task.sleep(for: delay) } catch { return }
                }
                delay = delay.map { min($0 * 2, backOff.max) } ?? backOff.first
                let answers = await connects(group)
                if answers, attach() { break }
                if Task.isCancelled { return }
                // What keeps it away is said once, and again when that changes.
                if answers != saidOfAnswers { notes.isAway(answers: answers) }
                saidOfAnswers = answers
            }
            notes.answers()
        }
    }

    /// False while so many old triggers are in flight that there is no room for a window of new
    /// ones.
    private func attach() -> Bool {
        state.withLock { state in
            guard state.window.count + Int(window) <= inFlightMax else { return false }
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
            state.window.close()
            state.warnedFilling = nil
            scheduler.detach(receiver, .awaited)
            newLoss.yield()
        }
    }

    private func connects(_ group: MultiThreadedEventLoopGroup) async -> Bool {
        let bootstrap = ClientBootstrap(group: group).connectTimeout(.seconds(1))
        do {
            let channel =
                if let numeric = address.numeric {
                    try await bootstrap.connect(to: numeric).get()
                } else {
                    try await bootstrap.connect(host: address.host, port: address.port).get()
                }
            try? await channel.close()
            return true
        } catch {
            return false
        }
    }
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
            loaded, to: address, traceparent: AppRequest.traceparent(using: &random),
            token: token.current)
        let result = await request.send(by: client, timeout: timeout)
        // Given up at shutdown: nobody takes answers any more, and the log says what was in flight.
        if Task.isCancelled { return }
        notes.note(result, of: loaded.delivery)
        let (outcome, code) = result.answer
        if outcome == .undeliverable {
            lost(loaded.delivery.receiver)
        } else {
            state.withLock { $0.isProven = true }
        }
        release(loaded.delivery.trigger)
        scheduler.answer(
            Answer(trigger: loaded.delivery.trigger, outcome: outcome, code: code))
    }
}

// MARK: The window

extension AppChannel {
    private func release(_ trigger: TriggerID) {
        let hasRoomAgain = state.withLock { state in
            state.window.release(trigger)
            guard let warned = state.warnedFilling, state.window.filling != warned else {
                return false
            }
            state.warnedFilling = nil
            return true
        }
        if hasRoomAgain { notes.hasRoom() }
    }

    /// Warns of a window that stays full, again and again while it does.
    private func watchWindow() async {
        for await _ in fillings {
            guard let filling = state.withLock({ $0.window.filling }) else { continue }
            var untilWarning = patience.first
            while true {
                // In short steps: another filling may follow this one.
                do { try await Task.sleep(for: patience.first) } catch { return }
                untilWarning -= patience.first
                let (lasts, count, oldest) = state.withLock { state in
                    let lasts = state.window.filling == filling
                    if lasts, untilWarning <= .zero { state.warnedFilling = filling }
                    return (lasts, state.window.count, state.window.oldest)
                }
                guard lasts, let oldest else { break }
                if untilWarning <= .zero {
                    notes.isFull(count, oldest: oldest)
                    untilWarning = patience.again
                }
            }
        }
    }

    private static func now() -> Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }
}
