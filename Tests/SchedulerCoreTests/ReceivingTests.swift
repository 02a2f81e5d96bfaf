import EventLog
import JobState
import Jobs
import SchedulerCore
import Testing

@Suite("Receivers come and go") struct ReceivingTests {
    @Test("a million jobs may be parked: without a receiver nothing is recorded for them")
    func parked() throws {
        var scenario = try Scenario(
            "00:00:00 create shop/a in=2s", "00:00:00 create shop/b in=1s retry=1s×1",
            "00:00:00 create shop/c in=3s")
        try scenario.when("00:00:09 tick", then: "(nothing)")
        #expect(scenario.effects.wakeAt == ScriptTime.parse("00:00:10"))
        try scenario.when(
            "00:00:09 receiver w1 app=shop", then: "#5 receiverPresent app(shop) w1",
            "#6 triggered 3 tick=1 due=00:00:01 attempt=1 heldBy=receiverAbsent → w1 id=6",
            "#7 triggered 2 tick=1 due=00:00:02 attempt=1 heldBy=receiverAbsent → w1 id=7",
            "#8 triggered 4 tick=1 due=00:00:03 attempt=1 heldBy=receiverAbsent → w1 id=8")
    }

    @Test("a receiver takes only its own route's jobs") func routes() throws {
        var scenario = try Scenario("00:00:00 create shop/a in=1s", "00:00:00 create bank/a in=1s")
        try scenario.when(
            "00:00:02 receiver w1 app=bank", then: "#4 receiverPresent app(bank) w1",
            "#5 triggered 3 tick=1 due=00:00:01 attempt=1 heldBy=receiverAbsent → w1 id=5")
    }

    @Test("only the first receiver and the departure of the last are recorded") func presence()
        throws
    {
        var scenario = try Scenario()
        try scenario.when(
            "00:00:00 receiver w1 app=shop", then: "#2 receiverPresent app(shop) w1")
        try scenario.when("00:00:01 receiver w2 app=shop", then: "(nothing)")
        try scenario.when("00:00:02 withdrawn w1", then: "(nothing)")
        try scenario.when("00:00:03 withdrawn w1", then: "(nothing)")
        try scenario.when("00:00:04 lost w2", then: "#3 receiverAbsent app(shop) w2")
        try scenario.when(
            "00:00:05 receiver w3 app=shop", then: "#4 receiverPresent app(shop) w3")
    }

    @Test("receivers with room take turns, in the order in which they came") func roundRobin()
        throws
    {
        var scenario = try Scenario(
            "00:00:00 receiver w1 app=shop window=1", "00:00:00 receiver w2 app=shop window=3",
            "00:00:00 receiver w3 app=shop window=2")
        for name in ["a", "b", "c", "d", "e", "f", "g"] {
            try scenario.given("00:00:00 create shop/\(name) in=1s")
        }
        try scenario.given("00:00:01 tick")
        #expect(scenario.effects.deliveries.map(\.receiver.rawValue) == [1, 2, 3, 2, 3, 2])
        try scenario.given("00:00:02 answer 10 succeeded & answer 11 succeeded")
        // Receiver 2 was last, so 1 is next.
        #expect(scenario.effects.deliveries.map(\.receiver.rawValue) == [1])
        try scenario.given("00:00:03 create shop/h in=0s", "00:00:03 tick")
        #expect(scenario.effects.deliveries.map(\.receiver.rawValue) == [2])
    }

    @Test("a full window holds the rest back until an answer comes") func fullWindow() throws {
        var scenario = try Scenario(
            "00:00:00 receiver w1 app=shop window=1", "00:00:00 create shop/a in=1s",
            "00:00:00 create shop/b in=1s")
        try scenario.when(
            "00:00:01 tick", then: "#5 triggered 3 tick=1 due=00:00:01 attempt=1 → w1 id=5")
        try scenario.when("00:00:02 tick", then: "(nothing)")
        try scenario.when(
            "00:00:03 answer 5 succeeded", then: "#6 acknowledged 5 succeeded; no next",
            "#7 deleted 3 completed",
            "#8 triggered 4 tick=1 due=00:00:01 attempt=1 heldBy=windowFull → w1 id=8")
    }

    @Test("a second receiver relieves a full one") func relief() throws {
        var scenario = try Scenario(
            "00:00:00 receiver w1 app=shop window=1", "00:00:00 create shop/a in=1s",
            "00:00:00 create shop/b in=1s", "00:00:01 tick")
        try scenario.when(
            "00:00:04 receiver w2 app=shop window=1",
            then: "#6 triggered 4 tick=1 due=00:00:01 attempt=1 heldBy=windowFull → w2 id=6")
    }

    @Test("a receiver without a window takes nothing and breaks nothing") func noWindow() throws {
        var scenario = try Scenario(
            "00:00:00 receiver w1 app=shop window=0", "00:00:00 receiver w2 app=shop window=0",
            "00:00:00 create shop/a in=1s")
        try scenario.when("00:00:01 tick", then: "(nothing)")
        try scenario.when(
            "00:00:02 receiver w3 app=shop window=1",
            then: "#4 triggered 3 tick=1 due=00:00:01 attempt=1 heldBy=windowFull → w3 id=4")
    }

    @Test("what a lost receiver held is abandoned and goes to another, same attempt, same key")
    func lost() throws {
        var scenario = try Scenario(
            "00:00:00 receiver w1 app=shop", "00:00:00 receiver w2 app=shop",
            "00:00:00 create shop/a in=1s retry=0s×5", "00:00:01 tick", "00:00:01 answer 4 failed",
            "00:00:01 tick")
        let key = scenario.machine.projection.inFlight.first?.key
        #expect(key == TriggerID(SequenceNumber(6)))
        try scenario.when(
            "00:00:02 lost w2",
            then: "#7 acknowledged 6 abandoned; next 00:00:01 tick=1 attempt=2",
            "#8 triggered 3 tick=1 due=00:00:01 attempt=2 redelivery → w1 id=8")
    }

    @Test("an answer that came before the stream closed counts, not the loss")
    func answeredInTheSameTurn() throws {
        var scenario = try Scenario(
            "00:00:00 receiver w1 app=shop", "00:00:00 create shop/a in=1s", "00:00:01 tick")
        try scenario.when(
            "00:00:02 lost w1 & answer 4 succeeded", then: "#5 receiverAbsent app(shop) w1",
            "#6 acknowledged 4 succeeded; no next", "#7 deleted 3 completed")
    }

    @Test("what a withdrawn receiver holds is awaited") func withdrawn() throws {
        var scenario = try Scenario(
            "00:00:00 receiver w1 app=shop", "00:00:00 create shop/a every=1m", "00:01:00 tick")
        try scenario.when("00:01:01 withdrawn w1", then: "#5 receiverAbsent app(shop) w1")
        try scenario.when(
            "00:01:05 answer 4 succeeded", then: "#6 acknowledged 4 succeeded; next 00:02:00 tick=2"
        )
    }

    @Test("what is awaited from a receiver that went takes no room from those that stayed")
    func awaitedTakesNoRoom() throws {
        // The awaited trigger counted against the window of the other receiver: with windows of 1 the route stayed
        // closed until the app that had gone answered, forever if it hung.
        var scenario = try Scenario(
            "00:00:00 receiver w1 app=shop window=1", "00:00:00 create shop/a in=1s",
            "00:00:00 create shop/b in=2s", "00:00:01 tick",
            "00:00:01 receiver w2 app=shop window=1", "00:00:01 withdrawn w1")
        try scenario.when(
            "00:00:02 tick", then: "#6 triggered 4 tick=1 due=00:00:02 attempt=1 → w2 id=6")
        try scenario.when(
            "00:00:03 answer 5 succeeded", then: "#7 acknowledged 5 succeeded; no next",
            "#8 deleted 3 completed")
    }
}

@Suite("Why a trigger was late") struct HoldTests {
    @Test("nothing held what ran when it was due, or what was late only for the turn")
    func nothing() throws {
        var scenario = try Scenario("00:00:00 receiver w1 app=shop", "00:00:00 create shop/a in=1s")
        try scenario.when(
            "00:00:09 tick", then: "#4 triggered 3 tick=1 due=00:00:01 attempt=1 → w1 id=4")
    }

    @Test("a job accepted with a due time long past waited for nothing that ended before it came")
    func youngJob() throws {
        // The due time was compared with the start of the process, the arrival of its receiver and the end of the full
        // window, so that a job created today and due last year had been held by a downtime before it existed.
        var scenario = try Scenario(
            "00:01:00 receiver w1 app=shop window=1", "00:02:00 create shop/a in=0s",
            "00:02:00 tick", "00:02:01 answer 4 succeeded")
        try scenario.given("00:03:00 create shop/b due=-10:00:00")
        try scenario.when(
            "00:03:00 tick", then: "#8 triggered 7 tick=1 due=-10:00:00 attempt=1 → w1 id=8")
    }

    @Test(
        "nothing that ended before the clock was put back held what came due after",
        arguments: [
            ["00:00:40 open", "00:00:40 space critical", "00:00:40 receiver w1 app=shop"],
            [
                "00:00:00 receiver w1 app=shop window=1", "00:00:00 create shop/b in=1s",
                "00:00:01 tick", "00:00:40 space critical", "00:00:40 answer 5 succeeded",
            ],
            ["00:00:40 space critical", "00:00:40 receiver w1 app=shop"],
        ])
    func clockPutBack(before: [String]) throws {
        // A trigger that came on time was said to be held: by a full window, a receiver's absence or a
        // downtime whose end was after the due time only by the clock as it was before.
        var scenario = try Scenario("00:00:00 create shop/a in=20s")
        for line in before { try scenario.given(line) }
        try scenario.given("00:00:10 space ample")
        let lines = try scenario.run("00:00:20 tick")
        #expect(lines.count == 1)
        #expect(lines.allSatisfy { $0.contains("due=00:00:20") && !$0.contains("heldBy") })
    }

    @Test("downtime: it was due before this process started") func downtime() throws {
        var scenario = try Scenario(
            "00:00:00 receiver w1 app=shop", "00:00:00 create shop/a in=1s", "01:00:00 open")
        try scenario.when(
            "01:00:01 receiver w1 app=shop", then: "#5 receiverPresent app(shop) w1",
            "#6 triggered 3 tick=1 due=00:00:01 attempt=1 heldBy=downtime → w1 id=6")
    }

    @Test("a retry is held by what kept the retry, not by what kept the tick") func retry() throws {
        var scenario = try Scenario(
            "00:00:00 create shop/a in=1s retry=10s×3", "00:01:00 receiver w1 app=shop")
        try scenario.given("00:01:01 answer 4 failed")
        try scenario.when(
            "00:01:10 tick", then: "#6 triggered 2 tick=1 due=00:00:01 attempt=2 retry → w1 id=6")
        try scenario.given("00:01:11 answer 6 failed", "00:01:12 lost w1")
        try scenario.when(
            "00:02:00 receiver w2 app=shop", then: "#9 receiverPresent app(shop) w2",
            "#10 triggered 2 tick=1 due=00:00:01 attempt=3 retry heldBy=receiverAbsent → w2 id=10")
    }
}
