import EventLog
import Jobs
import SchedulerCore
import Testing

@Suite("Ticking") struct TickingTests {
    @Test("not a nanosecond early") func neverEarly() throws {
        var scenario = try Scenario("00:00:00 receiver w1 app=shop", "00:00:00 create shop/a in=5s")
        #expect(scenario.effects.wakeAt == ScriptTime.parse("00:00:05"))
        try scenario.when("00:00:04.999999999 tick", then: "(nothing)")
        try scenario.when(
            "00:00:05 tick", then: "#4 triggered 3 tick=1 due=00:00:05 attempt=1 → w1 id=4")
    }

    @Test("what lies beyond the end of time is never due, and wakes nobody") func never() throws {
        var scenario = try Scenario(
            "00:00:00 receiver w1 app=shop", "00:00:00 create shop/a in=P8000Y",
            "00:00:00 create shop/b every=1s in=P8000Y")
        #expect(scenario.effects.wakeAt == ScriptTime.parse("00:00:10"))
        try scenario.when("00:00:10 tick", then: "#5 frontier")
        try scenario.step([], at: Timestamp.latest.clampedAdding(nanoseconds: -1))
        #expect(scenario.effects.deliveries.isEmpty)
    }

    @Test("one tick at a time: those that come due meanwhile follow the answer, none is left out")
    func oneAtATime() throws {
        var scenario = try Scenario(
            "00:00:00 receiver w1 app=shop", "00:00:00 create shop/a every=10s", "00:00:10 tick")
        try scenario.when("00:00:35 tick", then: "#5 frontier")
        try scenario.when(
            "00:00:35 answer 4 succeeded",
            then: "#6 acknowledged 4 succeeded; next 00:00:20 tick=2",
            "#7 triggered 3 tick=2 due=00:00:20 attempt=1 heldBy=predecessor → w1 id=7")
        try scenario.when(
            "00:00:36 answer 7 succeeded",
            then: "#8 acknowledged 7 succeeded; next 00:00:30 tick=3",
            "#9 triggered 3 tick=3 due=00:00:30 attempt=1 heldBy=predecessor → w1 id=9")
        try scenario.when(
            "00:00:37 answer 9 succeeded",
            then: "#10 acknowledged 9 succeeded; next 00:00:40 tick=4"
        )
    }

    @Test("late triggers and slow answers do not make a schedule drift") func noDrift() throws {
        var scenario = try Scenario(
            "00:00:00 receiver w1 app=shop", "00:00:00 create shop/a every=10s")
        var time = ScriptTime.midnight
        for tick in 1...50 {
            time = time.clampedAdding(nanoseconds: 10_000_000_000 + Int64(tick % 7) * 1_000_000)
            try scenario.step([], at: time)
            let delivery = try #require(scenario.effects.deliveries.first)
            #expect(delivery.tick == UInt64(tick))
            #expect(
                delivery.due.nanoseconds(since: ScriptTime.midnight) == Int64(tick) * 10_000_000_000
            )
            let answer = Answer(trigger: delivery.trigger, outcome: .succeeded)
            try scenario.step([.answer(answer)], at: time.clampedAdding(nanoseconds: 3_000_000))
            if time.nanoseconds(since: delivery.due) > 9_000_000_000 { time = delivery.due }
        }
    }

    @Test("a due time in the past with a schedule runs every tick since, back to back")
    func pastDueTimeWithSchedule() throws {
        var scenario = try Scenario(
            "00:00:00 receiver w1 app=shop", "00:00:00 create shop/a every=1h due=-02:00:00")
        try scenario.when(
            "00:00:00 tick", then: "#4 triggered 3 tick=1 due=-02:00:00 attempt=1 → w1 id=4")
        try scenario.when(
            "00:00:01 answer 4 succeeded",
            then: "#5 acknowledged 4 succeeded; next -01:00:00 tick=2",
            "#6 triggered 3 tick=2 due=-01:00:00 attempt=1 heldBy=predecessor → w1 id=6")
        try scenario.when(
            "00:00:02 answer 6 succeeded",
            then: "#7 acknowledged 6 succeeded; next 00:00:00 tick=3",
            "#8 triggered 3 tick=3 due=00:00:00 attempt=1 heldBy=predecessor → w1 id=8")
        try scenario.when(
            "00:00:03 answer 8 succeeded", then: "#9 acknowledged 8 succeeded; next 01:00:00 tick=4"
        )
    }

    @Test("repeats counts every tick, and the last one ends the job") func repeats() throws {
        var scenario = try Scenario(
            "00:00:00 receiver w1 app=shop", "00:00:00 create shop/a every=0s repeats=3")
        try scenario.given("00:00:00 tick")
        try scenario.when(
            "00:00:00 answer 4 succeeded",
            then: "#5 acknowledged 4 succeeded; next 00:00:00 tick=2",
            "#6 triggered 3 tick=2 due=00:00:00 attempt=1 heldBy=predecessor → w1 id=6")
        try scenario.given("00:00:00 answer 6 succeeded")
        try scenario.when(
            "00:00:00 answer 8 succeeded", then: "#9 acknowledged 8 succeeded; no next",
            "#10 deleted 3 completed")
    }

    @Test("a tick before or exactly at the expiry runs, however late; none after it")
    func expiry() throws {
        var scenario = try Scenario("00:00:00 create shop/a every=10s ttl=20s")
        try scenario.when(
            "01:00:00 receiver w1 app=shop", then: "#3 receiverPresent app(shop) w1",
            "#4 triggered 2 tick=1 due=00:00:10 attempt=1 heldBy=receiverAbsent → w1 id=4")
        try scenario.when(
            "01:00:01 answer 4 succeeded",
            then: "#5 acknowledged 4 succeeded; next 00:00:20 tick=2",
            "#6 triggered 2 tick=2 due=00:00:20 attempt=1 heldBy=receiverAbsent → w1 id=6")
        try scenario.when(
            "01:00:02 answer 6 succeeded", then: "#7 acknowledged 6 succeeded; no next",
            "#8 deleted 2 expired")
    }

    @Test("the earliest goes first; of equals the older job") func order() throws {
        var scenario = try Scenario(
            "00:00:00 create shop/a in=3s", "00:00:00 create bank/b in=1s",
            "00:00:00 create shop/c in=2s", "00:00:00 create shop/d in=1s",
            "00:00:00 receiver w1 app=bank", "00:00:00 receiver w2 app=shop")
        try scenario.when(
            "00:00:05 tick", then: "#8 triggered 3 tick=1 due=00:00:01 attempt=1 → w1 id=8",
            "#9 triggered 5 tick=1 due=00:00:01 attempt=1 → w2 id=9",
            "#10 triggered 4 tick=1 due=00:00:02 attempt=1 → w2 id=10",
            "#11 triggered 2 tick=1 due=00:00:03 attempt=1 → w2 id=11")
    }

    @Test("the key names the process that accepted the job, the generation and the tick")
    func key() throws {
        var scenario = try Scenario(
            "00:00:00 receiver w1 app=shop", "00:00:00 create shop/a every=1m retry=0s×9",
            "00:01:00 tick")
        let boot = "000000000000b0070000000000000001"
        #expect(scenario.effects.deliveries.map(\.key.description) == ["\(boot)-3-1"])
        try scenario.given("00:01:01 answer 4 failed")
        #expect(scenario.effects.deliveries.map(\.key.description) == ["\(boot)-3-1"])
        // Another process sends the same tick again: the key still names the first.
        try scenario.given("00:01:05 open", "00:01:06 receiver w1 app=shop")
        #expect(scenario.effects.deliveries.map(\.key.description) == ["\(boot)-3-1"])
        try scenario.given("00:02:00 answer 10 succeeded")
        #expect(scenario.effects.deliveries.map(\.key.description) == ["\(boot)-3-2"])
    }
}
