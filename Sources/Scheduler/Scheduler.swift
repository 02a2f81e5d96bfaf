// The shell around the decider and its interface for the wire: calls (`JobsService`), receivers and
// answers. A single thread takes the turns; see `Writer`.

package import EventLog
import Failpoints
package import Jobs
package import Logging
package import SchedulerCore
import ServiceLifecycle
import Synchronization

/// The running scheduler. All methods may be called from any thread.
package final class Scheduler: Service, Sendable {
    /// The source of zone rules: for zones new to the log, and to find changed rules at boot.
    package let zones: any ZoneSource
    /// Nanoseconds; a jump of the clock forward beyond this is held.
    private let clockJumpMax: Int64
    /// Where checkpoints are kept; without it every boot folds the whole log.
    private let checkpoints: Checkpointing?
    package let metrics: SchedulerMetrics
    private let inbox = Inbox()
    private let receivers = ReceiverRegistry()
    let histories = HistoryReads()
    private let outcome = Mutex<ThreadOutcome>(.running(nil))
    private let isStarted = Atomic<Bool>(false)
    private let lastLimit = Atomic<UInt64>(0)

    private enum ThreadOutcome {
        case running(CheckedContinuation<Void, any Error>?)
        case ended((any Error)?)
    }

    /// A writer that has shown no progress for `silenceMax` nanoseconds counts as hanging. A jump of the clock forward
    /// of more than `clockJumpMax` nanoseconds is held.
    package init(
        zones: any ZoneSource, checkpoints: Checkpointing? = nil,
        clockJumpMax: Int64 = LogClock.jumpMaxStandard,
        silenceMax: Int64 = SchedulerLimits.silenceMax
    ) {
        self.zones = zones
        self.clockJumpMax = clockJumpMax
        self.checkpoints = checkpoints
        metrics = SchedulerMetrics(silenceMax: silenceMax)
    }

    /// Starts the writer's thread, which opens the log, folds it and records `opened`. Returns when
    /// commands are taken; throws what prevented that. Call once.
    ///
    /// `openLog` opens the log on that thread, because the log must never leave it.
    package func start<Log: EventLog & ~Copyable>(
        softwareVersion: String, logger: Logger,
        openLog: @escaping @Sendable (BootID) throws(LogError) -> Log
    ) async throws -> BootReport {
        precondition(
            !isStarted.exchange(true, ordering: .relaxed), "the scheduler is started once")
        return try await withCheckedThrowingContinuation { booted in
            let isStarted = DedicatedThread.start { [self] in
                var report = BootContinuation(booted)
                do {
                    try write(to: openLog, softwareVersion, logger, &report)
                    Failpoint.logClosed.hit()
                    end(nil)
                } catch {
                    report.fail(error)
                    end(error)
                }
            }
            precondition(isStarted, "there is no thread for the writer")
        }
    }

    /// Runs the writer. After this returns or throws the log is closed and its lock is released.
    private func write<Log: EventLog & ~Copyable>(
        to openLog: (BootID) throws(LogError) -> Log, _ softwareVersion: String, _ logger: Logger,
        _ report: inout BootContinuation
    ) throws {
        let bootID = BootID.random()
        var writer = Writer(
            log: try openLog(bootID), zones: zones, clockJumpMax: clockJumpMax,
            checkpoints: checkpoints, inbox: inbox, receivers: receivers, histories: histories,
            metrics: metrics, logger: logger)
        // Stopped while the lock is held, because the next writer's checkpoints have the same file name.
        defer { writer.keeper?.stop() }
        // Stopped before the log is closed, because readers keep it open.
        defer { histories.stop() }
        let booted = try writer.boot(bootID: bootID, softwareVersion: softwareVersion)
        histories.open(writer.log.sideReader())
        report.succeed(booted)
        try writer.run()
    }

    /// Returns when the writer has stopped cleanly; throws the error that ended it. On graceful shutdown
    /// no more triggers are sent, answers are awaited for `SchedulerLimits.drainDuration`, and then the
    /// log is closed.
    package func run() async throws {
        try await withGracefulShutdownHandler {
            try await withCheckedThrowingContinuation { waiter in
                let ended: ThreadOutcome = outcome.withLock { outcome in
                    if case .running = outcome { outcome = .running(waiter) }
                    return outcome
                }
                if case .ended(let error) = ended { Scheduler.resume(waiter, error) }
            }
        } onGracefulShutdown: {
            self.stop()
        }
    }

    /// Begins a clean stop; `run` returns when it is done.
    package func stop() { inbox.stop() }

    /// Submits a command; `respond` is called once, when its effects are durable.
    func submit(_ command: Command, _ respond: @escaping Inbox.Waiter) {
        Failpoint.requestDecoded.hit()
        let respond: Inbox.Waiter = { [metrics] response in
            metrics.count(command, response)
            Failpoint.responseKnown.hit()
            respond(response)
        }
        if let rejection = inbox.put(command, respond) { respond(.rejected(rejection)) }
    }

    /// Adds a receiver for `route` that takes up to `window` triggers at a time. A provisional one may
    /// soon be replaced by another of the same client; redeliveries wait a while for that.
    package func attach(
        _ receiver: some DeliveryReceiver, route: RouteKey, address: String, window: UInt32,
        isProvisional: Bool = false
    ) -> ReceiverID {
        let id = receivers.add(receiver)
        inbox.put(
            .receiverPresent(
                Presence(route: route, receiver: id, address: address, window: window),
                isProvisional: isProvisional))
        return id
    }

    /// Removes a receiver; `fate` says what happens to its triggers in flight.
    package func detach(_ id: ReceiverID, _ fate: Input.InFlightFate) {
        // In this order: when the registry no longer has the number, its absence is already in the inbox.
        inbox.put(.receiverAbsent(id, fate))
        receivers.remove(id)
    }

    /// Limits how many triggers are in flight at once, until `unlimit`. Of several limits of one gate the
    /// newest applies. Set limits before attaching a receiver, so that nothing is sent in between.
    package func limit(_ limit: ConcurrencyLimit) -> LimitID {
        let id = LimitID(lastLimit.add(1, ordering: .relaxed).newValue)
        inbox.put(.limitPresent(id, limit))
        return id
    }

    /// Removes a limit.
    package func unlimit(_ id: LimitID) { inbox.put(.limitAbsent(id)) }

    /// Reports the result of a delivery. Always accepted; never waits.
    package func answer(_ answer: Answer) { inbox.put(.answer(answer)) }

    /// Reports the results of several deliveries together.
    package func answer(_ answers: [Answer]) { inbox.put(answers.map { .answer($0) }) }

    /// Number of inputs that wait for the writer now.
    var inboxDepth: (commands: Int, reports: Int) { inbox.depth }

    private func end(_ error: (any Error)?) {
        metrics.liveness.enter(.stopped)
        inbox.close()
        let previous: ThreadOutcome = outcome.withLock { outcome in
            defer { outcome = .ended(error) }
            return outcome
        }
        if case .running(let waiter?) = previous { Scheduler.resume(waiter, error) }
    }

    private static func resume(
        _ waiter: CheckedContinuation<Void, any Error>, _ error: (any Error)?
    ) {
        if let error { waiter.resume(throwing: error) } else { waiter.resume() }
    }
}

/// Resumed exactly once: with the report of the boot, or with the error that prevented it.
private struct BootContinuation {
    private var continuation: CheckedContinuation<BootReport, any Error>?

    init(_ continuation: CheckedContinuation<BootReport, any Error>) {
        self.continuation = continuation
    }

    mutating func succeed(_ report: BootReport) {
        continuation?.resume(returning: report)
        continuation = nil
    }

    mutating func fail(_ error: any Error) {
        continuation?.resume(throwing: error)
        continuation = nil
    }
}
