import EventLog
import JobState
import Jobs
import SchedulerCore
import Testing

@Suite("Answering a trigger") struct AnsweringTests {
    /// A one-shot job with trigger 4 in flight, due and triggered at 00:00:01.
    private func inFlight(_ policy: String = "") throws -> Scenario {
        try Scenario(
            "00:00:00 receiver w1 app=shop", "00:00:00 create shop/a in=1s \(policy)",
            "00:00:01 tick")
    }

    @Test(
        "a failing tick has as many attempts as its policy says, then it is given up",
        arguments: [
            ("", 4), ("retry=1s×0", 1), ("retry=1s×1", 2), ("retry=1s×7", 8), ("drop", 1),
        ])
    func attempts(_ policy: String, _ count: Int) throws {
        var scenario = try inFlight(policy)
        var time = try #require(ScriptTime.parse("00:00:01"))
        var attempts = 1
        while let trigger = scenario.machine.projection.inFlight.first?.key {
            try scenario.step([.answer(Answer(trigger: trigger, outcome: .failed))], at: time)
            time = scenario.effects.wakeAt
            try scenario.step([], at: time)
            attempts += scenario.effects.deliveries.count
        }
        #expect(attempts == count)
        let last = try #require(try scenario.records().last { $0.event != .frontier })
        #expect(
            last.event
                == .deleted(
                    Deletion(
                        generation: SequenceNumber(3),
                        previous: SequenceNumber(last.sequence.rawValue - 1), reason: .givenUp)))
    }

    @Test("without a number of retries a tick is retried forever") func unlimited() throws {
        var scenario = try inFlight("retry=1s")
        var time = try #require(ScriptTime.parse("00:00:01"))
        for attempt in 1...200 {
            let trigger = try #require(scenario.machine.projection.inFlight.first?.key)
            try scenario.step([.answer(Answer(trigger: trigger, outcome: .failed))], at: time)
            time = time.clampedAdding(nanoseconds: 1_000_000_000)
            try scenario.step([], at: time)
            #expect(scenario.effects.deliveries.map(\.attempt) == [UInt32(attempt + 1)])
        }
    }

    @Test("the retry counts from when the attempt was due, or was triggered if that was later")
    func retryTime() throws {
        var punctual = try inFlight("retry=10s×3")
        try punctual.when(
            "00:00:05 answer 4 failed",
            then: "#5 acknowledged 4 failed; next 00:00:11 tick=1 attempt=2")
        var late = try Scenario(
            "00:00:00 create shop/a in=1s retry=10s×3", "01:00:00 receiver w1 app=shop")
        try late.when(
            "01:00:05 answer 4 failed",
            then: "#5 acknowledged 4 failed; next 01:00:10 tick=1 attempt=2")
    }

    @Test("an answer slower than the interval is followed by the next attempt at once")
    func slowAnswer() throws {
        var scenario = try inFlight("retry=1s×3")
        try scenario.when(
            "00:01:00 answer 4 failed",
            then: "#5 acknowledged 4 failed; next 00:00:02 tick=1 attempt=2",
            "#6 triggered 3 tick=1 due=00:00:01 attempt=2 retry → w1 id=6")
    }

    @Test("the first ten attempts may follow at once, from the eleventh on they are a second apart")
    func patience() throws {
        var scenario = try inFlight("retry=")
        let start = try #require(ScriptTime.parse("00:00:01"))
        for attempt in 2...10 {
            let trigger = try #require(scenario.machine.projection.inFlight.first?.key)
            try scenario.step([.answer(Answer(trigger: trigger, outcome: .failed))], at: start)
            #expect(scenario.effects.deliveries.map(\.attempt) == [UInt32(attempt)])
        }
        try scenario.when(
            "00:00:01 answer 22 failed",
            then: "#23 acknowledged 22 failed; next 00:00:02 tick=1 attempt=11")
        try scenario.given("00:00:02 tick")
        try scenario.when(
            "00:00:02 answer 24 failed",
            then: "#25 acknowledged 24 failed; next 00:00:03 tick=1 attempt=12")
    }

    @Test("an interval longer than a second stays as it is after ten attempts") func longInterval()
        throws
    {
        var scenario = try inFlight("retry=5s")
        var time = try #require(ScriptTime.parse("00:00:01"))
        for _ in 1...12 {
            let trigger = try #require(scenario.machine.projection.inFlight.first?.key)
            try scenario.step([.answer(Answer(trigger: trigger, outcome: .failed))], at: time)
            time = time.clampedAdding(nanoseconds: 5_000_000_000)
            #expect(scenario.effects.wakeAt == time)
            try scenario.step([], at: time)
        }
    }

    @Test("dropped gives the tick up whatever the policy; a recurring job goes on")
    func dropped() throws {
        var once = try inFlight("retry=1s")
        try once.when(
            "00:00:02 answer 4 dropped code=200",
            then: "#5 acknowledged 4 dropped code=200; no next", "#6 deleted 3 givenUp")
        var recurring = try Scenario(
            "00:00:00 receiver w1 app=shop", "00:00:00 create shop/a every=1m retry=1s",
            "00:01:00 tick")
        try recurring.when(
            "00:01:00 answer 4 dropped", then: "#5 acknowledged 4 dropped; next 00:02:00 tick=2")
    }

    @Test("a time-out counts as a failure") func timedOut() throws {
        var scenario = try inFlight("retry=2s×1")
        try scenario.when(
            "00:00:02 answer 4 timedOut",
            then: "#5 acknowledged 4 timedOut; next 00:00:03 tick=1 attempt=2")
        try scenario.given("00:00:03 tick")
        try scenario.when(
            "00:00:04 answer 6 timedOut", then: "#7 acknowledged 6 timedOut; no next",
            "#8 deleted 3 givenUp")
    }

    @Test("undeliverable uses no budget: the same attempt goes out again, even without retries")
    func undeliverable() throws {
        var scenario = try inFlight("drop")
        try scenario.given("00:00:02 withdrawn w1")
        try scenario.when(
            "00:00:02 answer 4 undeliverable",
            then: "#6 acknowledged 4 undeliverable; next 00:00:01 tick=1 attempt=1")
        try scenario.when(
            "00:00:09 receiver w2 app=shop", then: "#7 receiverPresent app(shop) w2",
            "#8 triggered 3 tick=1 due=00:00:01 attempt=1 redelivery heldBy=receiverAbsent"
                + " → w2 id=8")
    }

    @Test("a success after failures goes on with the first attempt of the next tick")
    func attemptsStartAgain() throws {
        var scenario = try Scenario(
            "00:00:00 receiver w1 app=shop", "00:00:00 create shop/a every=1m retry=1s×3",
            "00:01:00 tick", "00:01:00 answer 4 failed", "00:01:01 tick",
            "00:01:02 answer 6 succeeded")
        try scenario.when(
            "00:02:00 tick", then: "#8 triggered 3 tick=2 due=00:02:00 attempt=1 → w1 id=8")
    }

    @Test("answers to what was never triggered, or was answered, are dropped and counted")
    func unexpected() throws {
        var scenario = try inFlight()
        try scenario.when(
            "00:00:02 answer 3 succeeded & answer 4 succeeded & answer 4 failed & answer 99 failed",
            then: "#5 acknowledged 4 succeeded; no next", "#6 deleted 3 completed",
            "(dropped: 3 is no trigger; counted)", "(dropped: 4 is answered already; counted)",
            "(dropped: 99 is no trigger; counted)")
        #expect(scenario.machine.unexpectedAnswers == 3)
    }

    @Test(
        "after a delete, a replacement or a delete by prefix the first answer is late, and last",
        arguments: [
            "delete shop/a", "create shop/a in=1h overwrite=replace", "deleteAll shop/",
        ])
    func late(_ end: String) throws {
        var scenario = try inFlight()
        try scenario.given("00:00:02 \(end)")
        try scenario.when(
            "00:00:03 answer 4 failed code=500", then: "#6 acknowledged 4 late code=500; no next")
        try scenario.when(
            "00:00:03 answer 4 succeeded", then: "(dropped: 4 is answered already; counted)")
    }

    @Test("what is no answer is not recorded as a late answer") func notSaid() throws {
        // A time-out after the delete was recorded as "late", as if the app had answered.
        var timedOut = try inFlight()
        try timedOut.given("00:00:02 delete shop/a")
        try timedOut.when(
            "00:00:03 answer 4 timedOut", then: "#6 acknowledged 4 timedOut; no next")
        var undeliverable = try inFlight()
        try undeliverable.given("00:00:02 delete shop/a")
        try undeliverable.when(
            "00:00:03 answer 4 undeliverable", then: "#6 acknowledged 4 undeliverable; no next")
        var lost = try inFlight()
        try lost.given("00:00:02 delete shop/a")
        try lost.when(
            "00:00:03 lost w1", then: "#6 receiverAbsent app(shop) w1",
            "#7 acknowledged 4 abandoned; no next")
    }
}
