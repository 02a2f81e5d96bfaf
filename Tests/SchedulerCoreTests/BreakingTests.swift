import EventLog
import JobState
import Jobs
import SchedulerCore
import Testing

@Suite("Connections that break with a trigger in flight") struct BreakingTests {
    /// A job with trigger 5 in flight, beside a slow one with trigger 4.
    private func besideSlow() throws -> Scenario {
        try Scenario(
            "00:00:00 receiver w1 app=shop",
            "00:00:00 create shop/slow in=1s & create shop/a in=1s",
            "00:00:01 tick")
    }

    /// A suspect that has waited to be sent alone since 00:00:03.
    private func draining() throws -> Scenario {
        var scenario = try besideSlow()
        try scenario.given("00:00:02 answer 6 broken", "00:00:03 answer 8 broken")
        #expect(scenario.effects.deliveries.isEmpty)
        return scenario
    }

    private func time(_ text: String) throws -> Timestamp { try #require(ScriptTime.parse(text)) }

    @Test("the writer sleeps until the route has drained for long enough") func wakesAtTheEnd()
        throws
    {
        var scenario = try draining()
        try scenario.step([], at: time("00:00:30"))
        #expect(scenario.effects.wakeAt == (try time("00:00:33")))
        try scenario.step([], at: time("00:00:32.999999999"))
        #expect(scenario.effects.deliveries.isEmpty)
        try scenario.step([], at: time("00:00:33"))
        #expect(scenario.effects.deliveries.map(\.id.name) == ["a"])
    }

    @Test("other routes go on meanwhile") func otherRoutes() throws {
        var scenario = try draining()
        try scenario.given("00:00:04 receiver w2 app=bank", "00:00:04 create bank/b in=1s")
        #expect(scenario.effects.wakeAt == (try time("00:00:05")))
        try scenario.step([], at: time("00:00:05"))
        #expect(scenario.effects.deliveries.map(\.id.name) == ["b"])
    }

    @Test("a receiver that is idle takes the suspect; the others take the rest") func idleReceiver()
        throws
    {
        var scenario = try draining()
        try scenario.given("00:00:04 create shop/b in=0s", "00:00:05 receiver w2 app=shop")
        let sent = scenario.effects.deliveries
        #expect(sent.map(\.id.name) == ["a", "b"])
        #expect(sent.map(\.receiver) == [ReceiverID(2), ReceiverID(1)])
    }

    @Test("a deleted job holds nothing up") func deleted() throws {
        var scenario = try draining()
        try scenario.given("00:00:04 create shop/b in=0s")
        #expect(scenario.effects.deliveries.isEmpty)
        try scenario.given("00:00:05 delete shop/a", "00:00:05 tick")
        #expect(scenario.effects.deliveries.map(\.id.name) == ["b"])
    }

    @Test("an undone turn leaves no route draining") func undone() throws {
        var scenario = try besideSlow()
        try scenario.given(
            "00:00:02 answer 6 broken", "00:00:03 unstored answer 8 broken", "00:00:10 tick")
        #expect(scenario.effects.deliveries.isEmpty)
        #expect(scenario.effects.wakeAt == (try time("00:00:20")))
        try scenario.step([], at: time("00:00:33"))
        #expect(scenario.effects.deliveries.isEmpty)
        try scenario.step([], at: time("00:00:40"))
        #expect(scenario.effects.deliveries.map(\.id.name) == ["a"])
    }

    @Test("a clock that is set back makes no route drain for longer") func clock() throws {
        var scenario = try draining()
        try scenario.given("00:00:02 clock 00:00:20 00:00:02")
        #expect(scenario.effects.wakeAt <= (try time("00:00:32")))
        try scenario.step([], at: time("00:00:32"))
        #expect(scenario.effects.deliveries.map(\.id.name) == ["a"])
    }

    @Test("a break after the end of its job is only recorded") func afterTheEnd() throws {
        var scenario = try besideSlow()
        try scenario.given("00:00:02 delete shop/a")
        try scenario.when(
            "00:00:03 answer 6 broken", then: "#8 acknowledged 6 abandoned connectionBroke; no next"
        )
    }

    @Test("a break has no code, whatever is reported with it") func code() throws {
        var scenario = try besideSlow()
        try scenario.when(
            "00:00:02 answer 6 broken code=14",
            then: "#7 acknowledged 6 abandoned connectionBroke; next 00:00:01 tick=1 attempt=1",
            "#8 triggered 4 tick=1 due=00:00:01 attempt=1 redelivery → w1 id=8")
    }

    @Test("an app that drains again and again costs no attempt") func drained() throws {
        var scenario = try besideSlow()
        var trigger = 6
        for second in 2...40 {
            let time = "00:00:\(second < 10 ? "0" : "")\(second)"
            try scenario.given("\(time) answer \(trigger) drained")
            let delivery = try #require(scenario.effects.deliveries.first)
            #expect(delivery.attempt == 1 && delivery.cause == .redelivery)
            trigger = Int(delivery.trigger.sequence.rawValue)
        }
    }
}
