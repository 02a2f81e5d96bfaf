// Metrics of a running scheduler, readable from any thread. The writer adds to a tally once a turn and
// samples its state once a second; readers get a copy, and delay the writer only while it is made.

import EventLog
import JobState
import Jobs
import SchedulerCore
import Synchronization

/// Counters and gauges of one scheduler since the start of its process.
package final class SchedulerMetrics: Sendable {
    package let liveness: Liveness
    private let tally = Mutex(TurnTally())
    private let gauges = Mutex<StateGauges?>(nil)
    private let gaugesAt = Atomic<Int64>(.min)
    private let bootNanoseconds = Atomic<Int64>(-1)
    private let refusedTurns = Atomic<UInt64>(0)
    private let readerTurnsBehind = Atomic<UInt64>(0)
    private let unexpectedAnswers = Atomic<UInt64>(0)
    private let requests = Requests()

    init(silenceMax: Int64) { liveness = Liveness(silenceMax: silenceMax) }

    /// Calls of the jobs API that reached the scheduler.
    private struct Requests: ~Copyable {
        let jobs = OfType()
        let reminders = OfType()
        let bulkDeleted = Atomic<UInt64>(0)

        struct OfType: ~Copyable {
            let created = Atomic<UInt64>(0)
            let createdFailed = Atomic<UInt64>(0)
            let deleted = Atomic<UInt64>(0)

            func load() -> Snapshot.Requests {
                Snapshot.Requests(
                    created: created.load(ordering: .relaxed),
                    createdFailed: createdFailed.load(ordering: .relaxed),
                    deleted: deleted.load(ordering: .relaxed))
            }
        }
    }

    /// All metrics at one moment.
    struct Snapshot {
        let tally: TurnTally
        let gauges: StateGauges?
        let bootNanoseconds: Int64?
        let refusedTurns: UInt64
        let isClockHeld: Bool
        let readerTurnsBehind: UInt64
        let unexpectedAnswers: UInt64
        /// For jobs of apps.
        let jobRequests: Requests
        /// For reminders of actors.
        let reminderRequests: Requests
        let bulkDeleted: UInt64

        struct Requests {
            let created: UInt64
            let createdFailed: UInt64
            let deleted: UInt64
        }
    }

    func snapshot() -> Snapshot {
        let boot = bootNanoseconds.load(ordering: .relaxed)
        return Snapshot(
            tally: tally.withLock { $0 }, gauges: gauges.withLock { $0 },
            bootNanoseconds: boot < 0 ? nil : boot,
            refusedTurns: refusedTurns.load(ordering: .relaxed),
            isClockHeld: liveness.isClockHeld,
            readerTurnsBehind: readerTurnsBehind.load(ordering: .relaxed),
            unexpectedAnswers: unexpectedAnswers.load(ordering: .relaxed),
            jobRequests: requests.jobs.load(), reminderRequests: requests.reminders.load(),
            bulkDeleted: requests.bulkDeleted.load(ordering: .relaxed))
    }
}

// Reported by the writer.
extension SchedulerMetrics {
    /// How far the reader of another process is behind that looks at the oldest state.
    func noteReader(turnsBehind: UInt64) {
        readerTurnsBehind.store(turnsBehind, ordering: .relaxed)
    }

    func booted(in nanoseconds: Int64) {
        bootNanoseconds.store(nanoseconds, ordering: .relaxed)
        liveness.enter(.serving)
    }

    /// A turn is durable.
    func count(_ effects: Effects, commit nanoseconds: Int64, at now: Int64) {
        tally.withLock { $0.count(effects, commit: nanoseconds, at: now) }
    }

    func countRefusedTurn() { refusedTurns.add(1, ordering: .relaxed) }

    /// Samples the state, at most once a second.
    func sample(_ machine: borrowing SchedulerStateMachine, _ now: Timestamp) {
        liveness.beat()
        unexpectedAnswers.store(UInt64(machine.unexpectedAnswers), ordering: .relaxed)
        let time = WallClock.monotonic
        let last = gaugesAt.load(ordering: .relaxed)
        guard last == .min || time - last >= SchedulerLimits.gaugeInterval else { return }
        gaugesAt.store(time, ordering: .relaxed)
        let seen = StateGauges(of: machine, at: now)
        let projection = machine.projection
        tally.withLock { $0.noteUse { projection.routeIndex(of: $0) != nil } }
        gauges.withLock { $0 = seen }
    }
}

// Results of calls; counted before the caller gets its reply.
extension SchedulerMetrics {
    func count(_ command: Command, _ response: Response) {
        switch (command, response) {
        case (.schedule(let plan), .scheduled):
            count(plan.request.id.isOfApp) { $0.created.add(1, ordering: .relaxed) }
        case (.schedule(let plan), _): countRefusedSchedule(isOfApp: plan.request.id.isOfApp)
        case (.delete(let id, _), .deleted):
            count(id.isOfApp) { $0.deleted.add(1, ordering: .relaxed) }
        case (.deleteByPrefix, .deletedByPrefix), (.deleteNamespace, .deletedByPrefix):
            requests.bulkDeleted.add(1, ordering: .relaxed)
        case (.get, _), (.list, _), (.delete, _), (.deleteByPrefix, _), (.deleteNamespace, _),
            (.acceptClock, _), (.forget, _):
            break
        }
    }

    /// Counts a request to schedule that was refused before it reached the scheduler.
    package func countRefusedSchedule(isOfApp: Bool = true) {
        count(isOfApp) { $0.createdFailed.add(1, ordering: .relaxed) }
    }

    private func count(_ isOfApp: Bool, _ add: (borrowing Requests.OfType) -> Void) {
        if isOfApp { add(requests.jobs) } else { add(requests.reminders) }
    }
}
