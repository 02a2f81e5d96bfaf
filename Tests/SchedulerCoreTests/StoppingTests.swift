import EventLog
import Jobs
import SchedulerCore
import Testing

@Suite("Stopping and closing") struct StoppingTests {
    @Test("while stopping nothing is triggered, commands are refused and answers are taken")
    func stopping() throws {
        var scenario = try Scenario(
            "00:00:00 receiver w1 app=shop", "00:00:00 create shop/a every=1s", "00:00:01 tick")
        try scenario.when(
            "00:00:02 stop & get shop/a & delete shop/a & create shop/b in=1s & answer 4 succeeded",
            then: "#5 acknowledged 4 succeeded; next 00:00:02 tick=2", "reply stopping",
            "reply stopping", "reply stopping", "(decided through 00:00:01.999999999)")
        try scenario.when("00:00:05 tick", then: "(decided through 00:00:01.999999999)")
        #expect(scenario.effects.wakeAt == ScriptTime.parse("00:00:12"))
        try scenario.when(
            "00:00:06 close", then: "#6 closed", "(decided through 00:00:01.999999999)")
    }

    @Test("a close is the last event of its turn, after all that came with it") func closing()
        throws
    {
        var scenario = try Scenario(
            "00:00:00 receiver w1 app=shop", "00:00:00 create shop/a in=1s", "00:00:01 tick")
        try scenario.when(
            "00:00:02 close & lost w1", then: "#5 receiverAbsent app(shop) w1",
            "#6 acknowledged 4 abandoned; next 00:00:01 tick=1 attempt=1", "#7 closed")
    }
}

@Suite("Room on the disk") struct SpaceTests {
    private func inFlight() throws -> Scenario {
        try Scenario(
            "00:00:00 receiver w1 app=shop", "00:00:00 create shop/a every=10s",
            "00:00:00 create shop/b every=10s", "00:00:10 tick")
    }

    @Test("low: no job is accepted; deletes, answers and triggers go on") func low() throws {
        var scenario = try inFlight()
        try scenario.when("00:00:11 space low & create shop/c in=1s", then: "reply outOfSpace")
        try scenario.when(
            "00:00:11 create shop/a in=1s overwrite=replace", then: "reply outOfSpace")
        try scenario.when("00:00:12 delete shop/b", then: "#7 deleted 4 requested", "reply deleted")
        try scenario.when(
            "00:00:12 answer 5 succeeded", then: "#8 acknowledged 5 succeeded; next 00:00:20 tick=2"
        )
        try scenario.when(
            "00:00:20 tick", then: "#9 triggered 3 tick=2 due=00:00:20 attempt=1 → w1 id=9")
        try scenario.when(
            "00:00:21 space ample & create shop/c in=1s", then: "#10 created shop/c due=00:00:22",
            "reply scheduled")
    }

    @Test("critical: nothing is triggered and `decidedThrough` stands still, until there is room")
    func critical() throws {
        var scenario = try inFlight()
        try scenario.when(
            "00:00:21 space critical & answer 5 succeeded & delete shop/b & get shop/a",
            then: "#7 acknowledged 5 succeeded; next 00:00:20 tick=2", "#8 deleted 4 requested",
            "reply deleted",
            "reply found shop/a generation 3 waiting done=1 attempt=1 last=00:00:10 next=00:00:20",
            "(decided through 00:00:19.999999999)")
        // It does not spin: only an input can change anything before the next frontier.
        #expect(scenario.effects.wakeAt == ScriptTime.parse("00:00:31"))
        try scenario.when("00:00:30 tick", then: "(decided through 00:00:19.999999999)")
        try scenario.when(
            "00:00:30 space low",
            then: "#9 triggered 3 tick=2 due=00:00:20 attempt=1 heldBy=predecessor → w1 id=9")
    }
}

@Suite("Time") struct TimeTests {
    @Test("an idle writer records a frontier after ten seconds, not earlier") func frontier()
        throws
    {
        var scenario = try Scenario()
        try scenario.when("00:00:09.999999999 tick", then: "(nothing)")
        try scenario.when("00:00:10 tick", then: "#2 frontier")
        #expect(scenario.effects.wakeAt == ScriptTime.parse("00:00:20"))
        try scenario.when("00:00:15 get shop/a", then: "reply notFound shop/a")
        try scenario.when("00:00:19 tick", then: "(nothing)")
        try scenario.when("00:00:20 tick", then: "#3 frontier")
        try scenario.given("00:00:25 create shop/a in=1h")
        try scenario.when("00:00:30 tick", then: "(nothing)")
        try scenario.when("00:00:35 tick", then: "#5 frontier")
    }

    @Test("a turn that records something takes the place of a frontier") func noFrontier() throws {
        var scenario = try Scenario()
        try scenario.when(
            "00:01:00 receiver w1 app=shop", then: "#2 receiverPresent app(shop) w1")
    }

    @Test("a jump of the clock precedes everything else of its turn") func clockMoved() throws {
        var scenario = try Scenario("00:00:00 create shop/a in=1h")
        try scenario.when(
            "02:00:00 delete shop/b & receiver w1 app=shop & clock 00:00:01 02:00:00",
            then: "#3 clockMoved 00:00:01 → 02:00:00", "#4 receiverPresent app(shop) w1",
            "#5 triggered 2 tick=1 due=01:00:00 attempt=1 heldBy=clock → w1 id=5",
            "reply deleted")
    }

    @Test("everything up to now is decided, except a due tick that a receiver could take")
    func decidedThrough() throws {
        var scenario = try Scenario("00:00:00 create shop/a in=1s", "00:00:09 tick")
        let now = { ScriptTime.parse("00:00:09") }
        // There is no receiver, and the log says so.
        #expect(scenario.effects.decidedThrough == now())
        try scenario.given("00:00:09 receiver w1 app=shop window=1")
        #expect(scenario.effects.decidedThrough == now())
        // Accepted after the due ticks of its turn were triggered, with the window open.
        try scenario.given("00:00:10 answer 4 succeeded & create shop/b in=-5s")
        #expect(scenario.effects.decidedThrough == ScriptTime.parse("00:00:04.999999999"))
        try scenario.given("00:00:10 tick")
        #expect(scenario.effects.decidedThrough == ScriptTime.parse("00:00:10"))
        // The window is full, and the log says so.
        try scenario.given("00:00:10 create shop/c in=-5s", "00:00:11 tick")
        #expect(scenario.effects.decidedThrough == ScriptTime.parse("00:00:11"))
    }

    @Test("the next step is for the next due tick, or for a frontier") func wakeAt() throws {
        var scenario = try Scenario("00:00:00 receiver w1 app=shop", "00:00:00 create shop/a in=1h")
        #expect(scenario.effects.wakeAt == ScriptTime.parse("00:00:10"))
        try scenario.given("00:00:00 create shop/b in=3s", "00:00:00 create bank/c in=2s")
        #expect(scenario.effects.wakeAt == ScriptTime.parse("00:00:03"))
    }
}
