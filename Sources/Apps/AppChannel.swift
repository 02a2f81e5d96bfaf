// The scheduler's connection to an app: one receiver for one address. It probes for the app until
// it answers, registers the receiver, sends every trigger as a call and hands back the result.
//
// away -> (found) -> attached -> (no connection could be made, or the app announced that it is
// closing) -> away. While it is away the scheduler sends it nothing, so an app that is down uses up
// no attempt of any job. Where something before the app takes connections for it, the app is away
// too after two breaks, or answers that it is unavailable, without another answer between them, and
// after one if it has answered nothing since it was found; it is tried again after pauses that
// double.

package import DaprAPI
import EventLog
import Failpoints
import Glibc
package import Jobs
package import Logging
package import Scheduler
import SchedulerCore
import ServiceLifecycle
import Synchronization

package final class AppChannel: Service, DeliveryReceiver {
    /// How long a window must stay full before a warning, and how often the warning is repeated.
    package struct Patience: Sendable {
        package var first = Duration.seconds(1)
        package var again = Duration.seconds(60)
        package init() {}
    }

    private struct State {
        var attached: ReceiverID?
        /// Triggers taken and not yet answered, of this attachment and of earlier ones.
        var window: AppWindow
        /// Whether the app answered a trigger since it was last lost, other than with a doubt; true
        /// before the first attachment.
        var hasAnswered = true
        /// What the last answer of this attachment makes doubtful.
        var doubt: AppDoubt?
        /// The filling of the window that was warned about.
        var warnedFilling: UInt64?
    }

    private let scheduler: Scheduler
    private let route: RouteKey
    private let address: AppAddress
    private let calls: any AppCalls
    private let loops: AppLoops
    private let window: UInt32
    private let timeout: Duration?
    private let backOff: BackOff
    private let patience: Patience
    private let notes: AppNotes
    private let state: Mutex<State>
    private let batches: AsyncStream<[LoadedDelivery]>
    private let newBatch: AsyncStream<[LoadedDelivery]>.Continuation
    /// One element each time the app must be probed for, the first at the start.
    private let losses: AsyncStream<Void>
    private let newLoss: AsyncStream<Void>.Continuation
    /// One element each time the window has become full.
    private let fillings: AsyncStream<Void>
    private let newFilling: AsyncStream<Void>.Continuation

    /// Without `timeout` the app may take any time for a trigger.
    package init(
        to address: AppAddress, by calls: any AppCalls, on loops: AppLoops, scheduler: Scheduler,
        route: RouteKey, window: UInt32, timeout: Duration?, backOff: BackOff = BackOff(),
        patience: Patience = Patience(), logger: Logger
    ) {
        self.scheduler = scheduler
        self.route = route
        self.address = address
        self.calls = calls
        self.loops = loops
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

    /// Runs until graceful shutdown, which comes when the scheduler has drained; then cancels the
    /// calls still open.
    package func run() async throws {
        newLoss.yield()
        await cancelWhenGracefulShutdown {
            await withTaskGroup { tasks in
                tasks.addTask { await self.keepAttached() }
                tasks.addTask { await self.carryBatches() }
                tasks.addTask { await self.watchWindow() }
            }
        }
        try await calls.close()
        try await loops.close()
    }

    /// The most triggers in flight, including those of earlier attachments: apps may work on some
    /// for hours.
    static func inFlightMax(of window: UInt32) -> Int { 2 * Int(window) }
}

// MARK: Presence

extension AppChannel {
    /// Probes for the app whenever it was lost, and attaches when it answers.
    private func keepAttached() async {
        var pauses = BackOff.Pauses(backOff)
        for await _ in losses {
            let (hasAnswered, doubt) = state.withLock { state in
                defer { state.hasAnswered = false }
                return (state.hasAnswered, state.doubt)
            }
            pauses.begin(hasAnswered: hasAnswered, doubt: doubt)
            var saidOfAnswers: Bool?
            while true {
                if let pause = pauses.next() {
                    do { try await Task.sleep(for: pause) } catch { return }
                }
                let answers = await calls.findsApp()
                if answers, attach() { break }
                if Task.isCancelled { return }
                // The reason is logged once, and again when it changes.
                if answers != saidOfAnswers { notes.isAway(answers: answers) }
                saidOfAnswers = answers
            }
            notes.answers()
        }
    }

    /// False while too many old triggers are in flight for a window of new ones.
    private func attach() -> Bool {
        state.withLock { state in
            guard state.window.count + Int(window) <= Self.inFlightMax(of: window) else {
                return false
            }
            state.doubt = nil
            state.attached = scheduler.attach(
                self, route: route, address: "\(address)", window: window)
            return true
        }
    }

    /// The app could not be reached for a trigger of `receiver`, or went away while working on one.
    /// When this returns the scheduler knows it, so the answer that follows cannot make it send the
    /// trigger to the same receiver again.
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
}

// MARK: Triggers

extension AppChannel {
    private func carryBatches() async {
        await withDiscardingTaskGroup { group in
            for await batch in batches {
                for (index, loaded) in batch.enumerated() {
                    if index > 0 { Failpoint.betweenCalls.hit() }
                    group.addTask { await self.carry(loaded) }
                }
            }
            group.cancelAll()
        }
    }

    private func carry(_ loaded: LoadedDelivery) async {
        Failpoint.callBegun.hit()
        let result = await calls.call(loaded, timeout: timeout)
        Failpoint.callAnswered.hit()
        // Cancelled at shutdown: answers are no longer accepted, and the log shows what was in
        // flight.
        if Task.isCancelled { return }
        notes.note(result, of: loaded.delivery)
        let (outcome, code) = result.answer
        if result.isOfLostApp || isDoubtedAgain(by: result, from: loaded.delivery.receiver) {
            lost(loaded.delivery.receiver)
        }
        release(loaded.delivery.trigger)
        scheduler.answer(
            Answer(
                trigger: loaded.delivery.trigger, outcome: outcome, code: code,
                error: result.error))
        Failpoint.answerHandedIn.hit()
    }
}

extension AppChannel {
    /// Notes what `result` says of the app; whether it is in doubt with nothing to the contrary
    /// before.
    private func isDoubtedAgain(by result: AppCallResult, from receiver: ReceiverID) -> Bool {
        state.withLock { state in
            let wasSound = state.hasAnswered && state.doubt == nil
            if result.doubt == nil { state.hasAnswered = true }
            // A break of an earlier attachment was counted for that one.
            guard state.attached == receiver else { return false }
            state.doubt = result.doubt
            return result.doubt != nil && !wasSound
        }
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

    /// Warns of a window that stays full, repeatedly while it does.
    private func watchWindow() async {
        for await _ in fillings {
            guard let filling = state.withLock({ $0.window.filling }) else { continue }
            var untilWarning = patience.first
            while true {
                // Wait in short steps, because another filling may follow this one.
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
        return Timestamp(clamping: Int64(time.tv_sec), Int64(time.tv_nsec))
    }
}
