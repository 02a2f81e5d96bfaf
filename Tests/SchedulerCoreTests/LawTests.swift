import EventLog
import JobState
import Jobs
import SchedulerCore
import TestSupport
import Testing

@Suite("Laws of the machine, over random runs") struct LawTests {
    private static let lifeCount = 200
    private static let lifeLength = 40

    @Test("after any turn a rebuild from the log gives the live state; and no rule is ever broken")
    func rebuild() throws {
        let seed = Seed.any(for: "rebuild = live")
        var generator = SeededGenerator(seed: seed)
        for number in 0..<LawTests.lifeCount {
            // Of the jobs deleted by prefix none, some or all are freed in the turn of the delete.
            var life = try RandomLife(
                seed: generator.next(), freedRowsMax: [1, 2, 1_000][number % 3],
                hint: "seed \(seed), life \(number)")
            for _ in 0..<LawTests.lifeLength { try life.turn() }
        }
    }

    @Test("an undone turn leaves no trace, and taken again it has the same effects") func undo()
        throws
    {
        let seed = Seed.any(for: "undo")
        var generator = SeededGenerator(seed: seed)
        for number in 0..<LawTests.lifeCount / 2 {
            var world = RandomWorld(seed: generator.next())
            var machine = SchedulerStateMachine(
                continuing: JobProjection(), freedRowsMax: [1, 1_000][number % 2])
            _ = machine.open(
                bootID: BootID(high: 1, low: 2), softwareVersion: "test",
                changedRules: [], now: world.now)
            var pending: [Input] = []
            for _ in 0..<LawTests.lifeLength {
                let inputs = pending + (try world.inputs())
                let before = machine
                let first = machine.step(inputs, now: world.now)
                machine.undo(try #require(first.undo))
                #expect(machine.projection.isSameState(as: before.projection), "seed \(seed)")
                #expect(machine.unexpectedAnswers == before.unexpectedAnswers, "seed \(seed)")
                #expect(
                    machine.due.first?.wait == before.due.first?.wait,
                    "seed \(seed)")
                let second = machine.step(inputs, now: world.now)
                #expect(Told(second) == Told(first), "seed \(seed)")
                world.remember(second)
                pending = second.deferred
            }
        }
    }

    @Test("the same log, then the same inputs, give the same effects") func determinism() throws {
        let seed = Seed.any(for: "determinism")
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<LawTests.lifeCount / 2 {
            var life = try RandomLife(seed: generator.next(), hint: "seed \(seed)")
            for _ in 0..<20 { try life.turn() }
            var world = life.world
            let changed = try world.reopen(knowing: life.machine.projection.zones)
            var left = try reopened(life.records, changed, at: life.world.now)
            var right = try reopened(life.records, changed, at: life.world.now)
            for _ in 0..<20 {
                let inputs = try world.inputs()
                let effects = left.step(inputs, now: world.now)
                #expect(Told(right.step(inputs, now: world.now)) == Told(effects), "seed \(seed)")
                world.remember(effects)
            }
        }
    }

    private func reopened(_ records: [Record], _ changed: [ZoneRules], at now: Timestamp) throws
        -> SchedulerStateMachine
    {
        var projection = JobProjection()
        for record in records { try projection.apply(record) }
        var machine = SchedulerStateMachine(continuing: projection)
        _ = machine.open(
            bootID: BootID(high: 9, low: 9), softwareVersion: "test", changedRules: changed,
            now: now)
        return machine
    }
}

/// The comparable part of effects.
private struct Told: Equatable {
    let events: [Record]
    let payloads: [Turn.Payload]
    let decidedThrough: Timestamp
    let tokens: [ReplyToken]
    let replies: [Reply]
    let deliveries: [Delivery]
    let wakeAt: Timestamp
    let deferred: String

    init(_ effects: Effects) {
        events = effects.events
        payloads = effects.payloads
        decidedThrough = effects.decidedThrough
        tokens = effects.replies.map(\.token)
        replies = effects.replies.map(\.reply)
        deliveries = effects.deliveries
        wakeAt = effects.wakeAt
        deferred = "\(effects.deferred)"
    }
}
