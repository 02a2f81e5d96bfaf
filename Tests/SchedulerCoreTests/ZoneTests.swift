import EventLog
import JobState
import Jobs
import SchedulerCore
import TestSupport
import Testing

/// Cases that the transcript time-zones.txt does not cover.
@Suite("Time zones")
struct ZoneTests {
    @Test("a zone that neither the log nor the database knows is refused; nothing is recorded")
    func unknown() throws {
        var scenario = try Scenario()
        try scenario.when(
            "00:00:01 create shop/a cron=TZ=Test/City_0_0_8_*_*_*",
            then: "reply invalid schedule: provided bad location Test/City: unknown time zone"
                + " Test/City"
        )
    }

    @Test("a zone the database has lost is still known to the log")
    func onlyInTheLog() throws {
        var scenario = try Scenario(
            "00:00:00 rules Test/City AAA-1", "00:00:01 create shop/a cron=TZ=Test/City_0_0_8_*_*_*"
        )
        let plan = try JobPlan(
            JobRequest(
                id: try Script.job("shop/b"), schedule: "TZ=Test/City 0 0 8 * * *",
                caller: Script.caller), zones: FixedZones())
        #expect(plan.zoneRules == nil)
        try scenario.step(
            [.command(.schedule(plan), token: scenario.nextToken())],
            at: try #require(ScriptTime.parse("00:00:02")))
        #expect(scenario.effects.replies.map(\.reply) == [.scheduled])
        #expect(scenario.effects.events.count == 1)
    }

    @Test("a refused job does not bring its zone's rules")
    func refused() throws {
        var scenario = try Scenario("00:00:00 rules Test/City AAA-1")
        for line in [
            "00:00:01 create shop/a cron=TZ=Test/City_0_0_0_30_2_*",
            "00:00:01 space low & create shop/a cron=TZ=Test/City_0_0_8_*_*_*",
        ] {
            _ = try scenario.run(line)
            #expect(scenario.effects.events.isEmpty)
        }
    }

    @Test("an undone turn undoes the rules too")
    func undone() throws {
        var scenario = try Scenario("00:00:00 rules Test/City AAA-1")
        try scenario.given("00:00:01 unstored create shop/a cron=TZ=Test/City_0_0_8_*_*_*")
        #expect(scenario.machine.projection.zones.isEmpty)
        try scenario.when(
            "00:00:02 create shop/a cron=TZ=Test/City_0_0_8_*_*_*", then: "#2 zoneRules Test/City",
            "#3 created shop/a due=07:00:00", "reply scheduled")
    }

    @Test("thousands of ticks move over several turns, none is triggered before the last has moved")
    func manyTurns() throws {
        var scenario = try Scenario("00:00:00 rules Test/City AAA-1")
        for index in 0..<2_500 {
            try scenario.given("00:00:01 create shop/\(index) cron=TZ=Test/City_0_0_8_*_*_*")
        }
        // The clocks are seven hours less three seconds ahead: all come due as they are moved.
        try scenario.given("00:00:02 rules Test/City AAA-7:59:57", "00:00:02 open")
        #expect(scenario.effects.wakeAt == ScriptTime.parse("00:00:02"))
        var moved = Self.count(of: scenario, Self.isMove)
        for turn in 1...2 {
            try scenario.given("00:00:05 receiver w\(turn) app=shop window=5000")
            moved += Self.count(of: scenario, Self.isMove)
            #expect(scenario.effects.deliveries.isEmpty == (turn == 1))
        }
        #expect(moved == 2_500)
        try scenario.given("00:00:06 tick")
        #expect(scenario.effects.deliveries.count > 900)
    }

    @Test("rules of more zones than fit in a turn are all recorded before anything is triggered")
    func manyZones() throws {
        var scenario = try Scenario()
        for index in 0..<1_100 {
            try scenario.given(
                "00:00:00 rules Z/\(index) AAA-1",
                "00:00:01 create shop/\(index) cron=TZ=Z/\(index)_4_0_1_*_*_*",
                "00:00:01 rules Z/\(index) AAA1")
        }
        try scenario.given("00:00:02 open", "00:00:05 receiver w1 app=shop window=5000")
        #expect(scenario.effects.deliveries.isEmpty)
        #expect(scenario.effects.wakeAt == ScriptTime.parse("00:00:05"))
        for _ in 1...3 { try scenario.given("00:00:05 tick") }
        #expect(scenario.effects.deliveries.isEmpty)
        #expect(scenario.effects.wakeAt > (try #require(ScriptTime.parse("00:00:05"))))
    }

    @Test("a crash between the turns leaves ticks for the next process to move")
    func crashInBetween() throws {
        var scenario = try Scenario("00:00:00 rules Test/City AAA-1")
        for index in 0..<1_500 {
            try scenario.given("00:00:01 create shop/\(index) cron=TZ=Test/City_0_0_8_*_*_*")
        }
        try scenario.given("00:00:02 rules Test/City AAA-2", "00:00:02 open")
        let first = Self.count(of: scenario, Self.isMove)
        #expect(first > 0 && first < 1_500)
        // The rules are in the log already and have not changed since, but some ticks are still to be moved.
        try scenario.given("00:00:03 open")
        let isRules = { (event: Event) in if case .zoneRules = event { true } else { false } }
        #expect(Self.count(of: scenario, isRules) == 0)
        #expect(first + Self.count(of: scenario, Self.isMove) == 1_500)
        try scenario.when("00:00:04 tick", then: "(nothing)")
    }

    @Test("what came due between the two processes is moved as if there had been one")
    func dueInBetween() throws {
        var scenario = try Scenario("00:00:00 rules Test/City AAA-1")
        for index in 0..<1_500 {
            try scenario.given("00:00:01 create shop/\(index) cron=TZ=Test/City_0_0_8_*_*_*")
        }
        // By the old rules all are due at 07:00:00, by the new ones two hours later.
        try scenario.given("06:00:00 rules Test/City AAA1", "06:00:00 open")
        let first = Self.count(of: scenario, Self.isMove)
        try scenario.given("07:30:00 open")
        #expect(first + Self.count(of: scenario, Self.isMove) == 1_500)
        try scenario.given("07:30:01 receiver w1 app=shop window=5000")
        #expect(scenario.effects.deliveries.isEmpty)
        try scenario.given("09:00:00 tick")
        #expect(scenario.effects.deliveries.count > 900)
    }

    @Test("a writer without room on the disk, or told to stop, moves nothing and does not spin")
    func noRoom() throws {
        var scenario = try Scenario("00:00:00 rules Test/City AAA-1")
        for index in 0..<1_500 {
            try scenario.given("00:00:01 create shop/\(index) cron=TZ=Test/City_0_0_8_*_*_*")
        }
        try scenario.given("00:00:02 rules Test/City AAA-2", "00:00:02 open")
        for line in ["00:00:02 space critical", "00:00:02 stop"] {
            var other = scenario
            try other.when(line, then: "(nothing)")
            #expect(other.effects.wakeAt > (try #require(ScriptTime.parse("00:00:02"))))
        }
        try scenario.given("00:00:02 space critical", "00:00:03 space ample")
        #expect(Self.count(of: scenario, Self.isMove) > 0)
    }

    private static func isMove(_ event: Event) -> Bool {
        if case .rescheduled = event { true } else { false }
    }

    private static func count(of scenario: Scenario, _ isCounted: (Event) -> Bool) -> Int {
        scenario.effects.events.count { isCounted($0.event) }
    }
}
