import EventLog
import JobState
import Jobs
import SchedulerCore
import Testing

@Suite("Streams that may not stay") struct SettlingTests {
    /// Two jobs in flight when the process dies, and its successor.
    private func restarted() throws -> Scenario {
        try Scenario(
            "00:00:00 receiver w1 app=shop", "00:00:00 create shop/a in=1s",
            "00:00:00 create shop/b in=1s", "00:00:01 tick", "00:00:02 open", "00:00:02 tick")
    }

    private static let claim = "(decided through 00:00:00.999999999)"
    private static let sentAgain = [
        "triggered 3 tick=1 due=00:00:01 attempt=1 redelivery heldBy=reconnecting",
        "triggered 4 tick=1 due=00:00:01 attempt=1 redelivery heldBy=reconnecting",
    ]

    @Test("a provisional stream is sent new ticks at once, and redeliveries after 1.5 s")
    func age() throws {
        var scenario = try restarted()
        try scenario.when(
            "00:00:03 receiver w2 app=shop provisional", then: "#10 receiverPresent app(shop) w2",
            Self.claim)
        #expect(scenario.effects.wakeAt == ScriptTime.parse("00:00:04.5"))
        try scenario.when(
            "00:00:03 create shop/new in=0s", then: "#11 created shop/new due=00:00:03",
            "reply scheduled",
            Self.claim)
        try scenario.when(
            "00:00:03 tick", then: "#12 triggered 11 tick=1 due=00:00:03 attempt=1 → w2 id=12",
            Self.claim)
        try scenario.when("00:00:04.499 tick", then: Self.claim)
        let lines = try scenario.run("00:00:04.5 tick")
        #expect(lines == Self.sentAgain.enumerated().map { "#\($0 + 13) \($1) → w2 id=\($0 + 13)" })
        #expect(scenario.effects.decidedThrough == ScriptTime.parse("00:00:04.5"))
    }

    @Test("the stream that takes its place gets them, once") func replaced() throws {
        var scenario = try restarted()
        try scenario.given(
            "00:00:03 receiver w2 app=shop provisional", "00:00:03.060 lost w2")
        let lines = try scenario.run("00:00:03.061 receiver w3 app=shop")
        #expect(
            lines == ["#12 receiverPresent app(shop) w3"]
                + Self.sentAgain.enumerated().map { "#\($0 + 13) \($1) → w3 id=\($0 + 13)" })
    }

    @Test("while another stream stays, it gets them") func other() throws {
        var scenario = try restarted()
        try scenario.given("00:00:03 receiver w2 app=shop provisional")
        let lines = try scenario.run("00:00:03.5 receiver w3 app=shop")
        #expect(lines == Self.sentAgain.enumerated().map { "#\($0 + 11) \($1) → w3 id=\($0 + 11)" })
    }

    @Test("if that one is full, a provisional one gets them") func full() throws {
        var scenario = try restarted()
        try scenario.given("00:00:03 receiver w2 app=shop provisional")
        let lines = try scenario.run("00:00:03.5 receiver w3 app=shop window=1")
        #expect(
            lines == [
                "#11 \(Self.sentAgain[0]) → w3 id=11", "#12 \(Self.sentAgain[1]) → w2 id=12",
            ])
    }

    @Test("a job that is deleted or replaced meanwhile does not come again") func withdrawn() throws
    {
        var scenario = try restarted()
        try scenario.given(
            "00:00:03 receiver w2 app=shop provisional", "00:00:03.5 delete shop/a",
            "00:00:03.5 create shop/b in=1h overwrite=replace")
        try scenario.when("00:00:05 tick", then: "(nothing)")
    }

    @Test("a turn that is refused leaves them waiting") func undone() throws {
        var scenario = try restarted()
        try scenario.given("00:00:03 receiver w2 app=shop provisional")
        var machine = scenario.machine
        let refused = machine.step([], now: try #require(ScriptTime.parse("00:00:04.5")))
        #expect(refused.deliveries.count == 2)
        machine.undo(try #require(refused.undo))
        let early = machine.step([], now: try #require(ScriptTime.parse("00:00:04")))
        #expect(early.deliveries.isEmpty)
        #expect(early.wakeAt == ScriptTime.parse("00:00:04.5"))
        let again = machine.step([], now: try #require(ScriptTime.parse("00:00:05")))
        #expect(again.deliveries.count == 2)
    }

    @Test("a clock put back makes nobody wait longer") func clock() throws {
        var scenario = try restarted()
        try scenario.given("01:00:00 receiver w2 app=shop provisional", "00:00:10 tick")
        #expect(scenario.effects.wakeAt == ScriptTime.parse("00:00:11.5"))
        #expect(try scenario.run("00:00:11.5 tick").count == 2)
    }
}
