import EventLog
import JobState
import Jobs
import SchedulerCore
import Testing

// 300,000 jobs deleted by prefix once made every tick two seconds late: one turn removed them all.
@Suite("After a delete by prefix rows are freed turn by turn") struct FreeingTests {
    private let later = ScriptTime.midnight.clampedAdding(nanoseconds: 1_000_000_000)

    private func rows(_ scenario: Scenario) -> Int { scenario.machine.projection.rows.count }

    /// 2,500 jobs of `shop`, due after a second.
    private func scenario() throws -> Scenario {
        var scenario = try Scenario()
        let inputs = try (0..<2_500).map { try scenario.create("shop/old\($0)", in: "1s") }
        try scenario.step(inputs, at: ScriptTime.midnight)
        while !scenario.pending.isEmpty { try scenario.step([], at: ScriptTime.midnight) }
        return scenario
    }

    private func deleted() throws -> Scenario {
        var scenario = try scenario()
        try scenario.when(
            "00:00:00 deleteAll shop/", then: "#2502 deletedByPrefix 2500 jobs",
            "reply deleted all 2500")
        return scenario
    }

    @Test("at most 1,000 in each, without any input, and then the process sleeps") func portions()
        throws
    {
        var scenario = try deleted()
        var left = [rows(scenario)]
        while scenario.effects.wakeAt == ScriptTime.midnight {
            try scenario.step([], at: ScriptTime.midnight)
            #expect(scenario.effects.events.isEmpty)
            left.append(rows(scenario))
        }
        #expect(left == [1_500, 500, 0])
    }

    @Test("they are gone at once, and a name that is given again is a new job") func goneAtOnce()
        throws
    {
        var scenario = try deleted()
        try scenario.when(
            "00:00:00 get shop/old7 & list shop/ & delete shop/old8 & deleteAll shop/",
            then: "reply notFound shop/old7", "reply listed ", "reply deleted",
            "reply deleted all 0")
        #expect(rows(scenario) == 500)
        #expect(scenario.machine.projection.phases.waiting == 0)
        let again = try scenario.create("shop/old3", in: "1s")
        try scenario.step([again], at: ScriptTime.midnight)
        try scenario.when("00:00:00 list shop/", then: "reply listed shop/old3")
        #expect(rows(scenario) == 1)
        try scenario.given("00:00:00 receiver w1 app=shop window=9000", "00:00:01 tick")
        #expect(scenario.effects.deliveries.map(\.id.name) == ["old3"])
    }

    @Test("a deleted job that is due does not run, nor does it keep other routes waiting")
    func due() throws {
        var scenario = try scenario()
        try scenario.given(
            "00:00:00 receiver w1 app=shop window=9000", "00:00:00 receiver w2 app=bank window=10")
        try scenario.step([try scenario.create("bank/a", in: "1s")], at: ScriptTime.midnight)
        try scenario.given("00:00:00 deleteAll shop/")
        try scenario.step([try scenario.create("shop/new", in: "1s")], at: ScriptTime.midnight)
        // 500 of the old ones are left and due before both.
        #expect(rows(scenario) == 502)
        try scenario.given("00:00:01 tick")
        #expect(scenario.effects.deliveries.map(\.id.name) == ["a", "new"])
        #expect(rows(scenario) == 2)
    }

    @Test("more of them than a turn frees, all due at once, hold up their own route alone")
    func dueWithoutRoom() throws {
        var machine = SchedulerStateMachine(
            continuing: try scenario().machine.projection, freedRowsMax: 100)
        _ = machine.open(
            bootID: BootID(high: 9, low: 9), softwareVersion: "test", changedRules: [],
            now: ScriptTime.midnight)
        var scenario = try Scenario()
        let bank = try scenario.create("bank/a", in: "1s")
        func receiver(_ number: UInt32, _ app: String) throws -> Input {
            .receiverPresent(
                Presence(
                    route: try RouteKey(namespace: "default", appID: app),
                    receiver: ReceiverID(number), address: "10.0.0.1:1", window: 9_000))
        }
        let prefix = try Script.prefix("shop/")
        _ = machine.step(
            [
                bank, .command(.deleteByPrefix(prefix, Script.caller), token: scenario.nextToken()),
                try receiver(1, "shop"), try receiver(2, "bank"),
            ], now: ScriptTime.midnight)
        #expect(machine.projection.endedCount == 2_400)
        let effects = machine.step([try scenario.create("shop/new", in: "0s")], now: later)
        #expect(effects.deliveries.map(\.id.name) == ["a"])
        #expect(machine.projection.endedCount == 2_300 && effects.wakeAt == later)
        var turns = 1
        var names: [String] = []
        while machine.projection.endedCount > 0 {
            names += machine.step([], now: later).deliveries.map(\.id.name)
            turns += 1
        }
        names += machine.step([], now: later).deliveries.map(\.id.name)
        #expect(turns == 24 && names == ["new"])
    }

    @Test("a turn that is refused leaves all of them, and what was freed before stays free")
    func refused() throws {
        var scenario = try scenario()
        try scenario.when("00:00:00 unstored deleteAll shop/", then: "(not stored; taken back)")
        #expect(rows(scenario) == 2_500 && scenario.machine.projection.endedCount == 0)
        try scenario.given(
            "00:00:00 deleteAll shop/", "00:00:00 unstored create shop/new in=1h")
        #expect(rows(scenario) == 1_500)
        try scenario.given("00:00:00 create shop/new in=1h", "00:00:00 tick")
        #expect(rows(scenario) == 1)
    }

    @Test("an answer that comes meanwhile is late, and its receiver has room again") func inFlight()
        throws
    {
        var scenario = try scenario()
        try scenario.given("00:00:00 receiver w1 app=shop window=1", "00:00:01 tick")
        let trigger = try #require(
            scenario.machine.projection.inFlightTriggers { _ in true }.first?.sequence.rawValue)
        try scenario.given("00:00:01 deleteAll shop/", "00:00:01 create shop/new in=1s")
        let phases = scenario.machine.projection.phases
        #expect([phases.waiting, phases.retrying, phases.inFlight] == [1, 0, 0])
        try scenario.given("00:00:01 answer \(trigger) succeeded")
        guard case .acknowledged(let late)? = scenario.effects.events.first?.event else {
            Issue.record("it is not recorded")
            return
        }
        #expect(late.outcome == .late && late.next == nil)
        try scenario.given("00:00:02 tick")
        #expect(scenario.effects.deliveries.map(\.id.name) == ["new"])
    }

    @Test("several deletes may be under way, and a process that dies leaves nothing to free")
    func overlapping() throws {
        var scenario = try deleted()
        try scenario.given(
            "00:00:00 create shop/new in=1h", "00:00:00 deleteAll shop/",
            "00:00:00 create shop/newer in=1h")
        let again = try (0..<1_500).map { try scenario.create("shop/old\($0)", in: "1s") }
        try scenario.step(again, at: ScriptTime.midnight)
        while !scenario.pending.isEmpty { try scenario.step([], at: ScriptTime.midnight) }
        try scenario.given("00:00:00 deleteAll shop/old")
        #expect(rows(scenario) > 1)
        try scenario.given("00:00:00 open")
        #expect(rows(scenario) == 1)
        try scenario.when("00:00:00 list shop/", then: "reply listed shop/newer")
    }
}
