// What can be read of a running scheduler from outside its thread. The writer adds to a tally once
// a turn and looks at its state once a second; whoever reads gets a copy, and never keeps it
// waiting for longer than that takes.

import EventLog
import JobState
import SchedulerCore
import Synchronization

/// Counts and gauges of one scheduler, from the start of its process.
package final class SchedulerMetrics: Sendable {
    package let vitals: Vitals
    private let tally = Mutex(TurnTally())
    private let gauges = Mutex<StateGauges?>(nil)
    private let gaugesAt = Atomic<Int64>(.min)
    private let bootNanoseconds = Atomic<Int64>(-1)
    private let refusedTurns = Atomic<UInt64>(0)
    private let unexpectedAnswers = Atomic<UInt64>(0)
    private let requests = Requests()

    init(silenceMax: Int64) { vitals = Vitals(silenceMax: silenceMax) }

    /// Calls of the jobs API that got as far as the scheduler.
    private struct Requests: ~Copyable {
        let created = Atomic<UInt64>(0)
        let createdFailed = Atomic<UInt64>(0)
        let deleted = Atomic<UInt64>(0)
        let bulkDeleted = Atomic<UInt64>(0)
    }

    /// Everything as it stands at one moment.
    struct Snapshot {
        let tally: TurnTally
        let gauges: StateGauges?
        let bootNanoseconds: Int64?
        let refusedTurns: UInt64
        let unexpectedAnswers: UInt64
        let created: UInt64
        let createdFailed: UInt64
        let deleted: UInt64
        let bulkDeleted: UInt64
    }

    func snapshot() -> Snapshot {
        let boot = bootNanoseconds.load(ordering: .relaxed)
        return Snapshot(
            tally: tally.withLock { $0 }, gauges: gauges.withLock { $0 },
            bootNanoseconds: boot < 0 ? nil : boot,
            refusedTurns: refusedTurns.load(ordering: .relaxed),
            unexpectedAnswers: unexpectedAnswers.load(ordering: .relaxed),
            created: requests.created.load(ordering: .relaxed),
            createdFailed: requests.createdFailed.load(ordering: .relaxed),
            deleted: requests.deleted.load(ordering: .relaxed),
            bulkDeleted: requests.bulkDeleted.load(ordering: .relaxed))
    }
}

// What the writer tells.
extension SchedulerMetrics {
    func booted(in nanoseconds: Int64) {
        bootNanoseconds.store(nanoseconds, ordering: .relaxed)
        vitals.enter(.serving)
    }

    /// A turn is durable.
    func count(_ effects: Effects, commit nanoseconds: Int64, at now: Int64) {
        tally.withLock { $0.count(effects, commit: nanoseconds, at: now) }
    }

    func countRefusedTurn() { refusedTurns.add(1, ordering: .relaxed) }

    /// Looks at the state, once a second at most.
    func look(at machine: borrowing SchedulerStateMachine, _ now: Timestamp) {
        vitals.beat()
        unexpectedAnswers.store(UInt64(machine.unexpectedAnswers), ordering: .relaxed)
        let time = WallClock.monotonic
        let last = gaugesAt.load(ordering: .relaxed)
        guard last == .min || time - last >= Limits.gaugeInterval else { return }
        gaugesAt.store(time, ordering: .relaxed)
        let seen = StateGauges(of: machine.projection, at: now)
        gauges.withLock { $0 = seen }
    }
}

// What callers come to; counted before they are told.
extension SchedulerMetrics {
    func count(_ command: Command, _ response: Response) {
        switch (command, response) {
        case (.schedule, .scheduled): requests.created.add(1, ordering: .relaxed)
        case (.schedule, _): countRefusedSchedule()
        case (.delete, .deleted): requests.deleted.add(1, ordering: .relaxed)
        case (.deleteByPrefix, .deletedByPrefix): requests.bulkDeleted.add(1, ordering: .relaxed)
        case (.get, _), (.list, _), (.delete, _), (.deleteByPrefix, _): break
        }
    }

    /// A wish to schedule was refused before it reached the scheduler.
    package func countRefusedSchedule() { requests.createdFailed.add(1, ordering: .relaxed) }
}
