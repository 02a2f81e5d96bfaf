import Jobs
import SchedulerCore
import Testing

@Suite("Accepting a job") struct AcceptingJobsTests {
    @Test("an interval counts from acceptance; nothing runs at once") func interval() throws {
        var scenario = try Scenario("00:00:00 receiver w1 app=shop")
        try scenario.when(
            "00:00:10 create shop/a every=1h", then: "#3 created shop/a due=01:00:10",
            "reply scheduled")
        try scenario.when("01:00:09 tick", then: "#4 frontier")
        try scenario.when(
            "01:00:10 tick", then: "#5 triggered 3 tick=1 due=01:00:10 attempt=1 → w1 id=5")
    }

    @Test("a due time alone is one tick") func dueTime() throws {
        var scenario = try Scenario("00:00:00 receiver w1 app=shop", "00:00:00 create shop/a in=5s")
        try scenario.when(
            "00:00:05 tick", then: "#4 triggered 3 tick=1 due=00:00:05 attempt=1 → w1 id=4")
        try scenario.when(
            "00:00:05 answer 4 succeeded", then: "#5 acknowledged 4 succeeded; no next",
            "#6 deleted 3 completed")
    }

    @Test("with a due time the first tick is the due time itself, the others follow the schedule")
    func scheduleAndDueTime() throws {
        var scenario = try Scenario("00:00:00 receiver w1 app=shop")
        try scenario.when(
            "00:00:00 create shop/a cron=0_*_*_*_*_* due=00:00:20",
            then: "#3 created shop/a due=00:00:20", "reply scheduled")
        try scenario.given("00:00:20 tick")
        try scenario.when(
            "00:00:21 answer 4 succeeded", then: "#5 acknowledged 4 succeeded; next 00:01:00 tick=2"
        )
    }

    @Test("a due time in the past is due at once, and keeps its date") func pastDueTime() throws {
        var scenario = try Scenario("00:00:00 receiver w1 app=shop")
        try scenario.when(
            "00:10:00 create shop/a due=-01:00:00", then: "#3 created shop/a due=-01:00:00",
            "reply scheduled", "(decided through -01:00:00.000000001)")
        #expect(scenario.effects.wakeAt == ScriptTime.parse("00:10:00"))
        try scenario.when(
            "00:10:00 tick", then: "#4 triggered 3 tick=1 due=-01:00:00 attempt=1 → w1 id=4")
    }

    @Test("a name that is taken is refused unless the caller says otherwise") func refused() throws
    {
        var scenario = try Scenario("00:00:00 create shop/a every=1h")
        try scenario.when("00:00:01 create shop/a every=1h", then: "reply alreadyExists shop/a")
        try scenario.when(
            "00:00:01 create shop/b every=1h", then: "#3 created shop/b due=01:00:01",
            "reply scheduled")
        try scenario.when(
            "00:00:01 create bank/a every=1h", then: "#4 created bank/a due=01:00:01",
            "reply scheduled")
    }

    @Test("a replacement starts from its first tick and attempt, anchored at its own acceptance")
    func replaced() throws {
        var scenario = try Scenario(
            "00:00:00 receiver w1 app=shop", "00:00:00 create shop/a every=10s retry=30s×3",
            "00:00:10 tick", "00:00:10 answer 4 succeeded", "00:00:20 tick",
            "00:00:20 answer 6 failed")
        try scenario.when(
            "00:00:25 create shop/a every=10s overwrite=replace",
            then: "#8 updated shop/a due=00:00:35, replacing #7", "reply scheduled")
        try scenario.when(
            "00:00:35 tick", then: "#9 triggered 8 tick=1 due=00:00:35 attempt=1 → w1 id=9")
        try scenario.when(
            "00:00:36 get shop/a",
            then: "reply found shop/a generation 8 inFlight done=0 attempt=1 last=00:00:35"
                + " next=00:00:45")
    }

    @Test("an identical definition without relative times is accepted and records nothing")
    func identical() throws {
        var scenario = try Scenario(
            "00:00:00 create shop/a cron=0_*_*_*_*_* until=05:00:00 payload=3 retry=5s×3")
        let same = "create shop/a cron=0_*_*_*_*_* until=05:00:00 payload=3 retry=5s×3"
        try scenario.when(
            "00:00:09 \(same) overwrite=unlessIdentical", then: "reply scheduled")
        try scenario.when(
            "00:00:09 \(same) overwrite=replace",
            then: "#3 updated shop/a due=00:01:00 expires=05:00:00 payload=7, replacing #2",
            "reply scheduled")
    }

    @Test(
        "any difference, or a relative time, makes a definition another one",
        arguments: [
            "every=2m", "every=1m repeats=3", "every=1m payload=2", "every=1m drop",
            "every=1m retry=1s×2", "every=1m in=60s", "every=1m ttl=1h",
        ])
    func different(_ definition: String) throws {
        var scenario = try Scenario("00:00:00 create shop/a every=1m")
        _ = try scenario.run("00:00:00 create shop/a \(definition) overwrite=unlessIdentical")
        #expect(scenario.effects.events.count == 1)
        _ = try scenario.run("00:00:00 create shop/a \(definition) overwrite=unlessIdentical")
        let isRelative = definition.contains("in=") || definition.contains("ttl=")
        #expect(scenario.effects.events.count == (isRelative ? 1 : 0))
    }

    @Test("what cannot be resolved at acceptance is refused, and nothing is recorded")
    func invalid() throws {
        var scenario = try Scenario()
        try scenario.when(
            "00:00:00 create shop/a every=1m in=2h ttl=-1h",
            then: "reply invalid ttl: ttl must be greater than due time")
        try scenario.when(
            "00:00:00 create shop/a cron=0_0_0_30_2_*",
            then: "reply invalid schedule: the schedule never comes due")
        #expect(scenario.effects.events.isEmpty && scenario.effects.payloads.isEmpty)
    }

    @Test("a job that expires before its first tick is accepted and gone at once")
    func expiredAtOnce() throws {
        var scenario = try Scenario("00:00:00 receiver w1 app=shop", "00:00:00 create shop/a in=1h")
        try scenario.when(
            "00:00:00 create shop/b every=10s ttl=5s",
            then: "#4 created shop/b due=never expires=00:00:05", "#5 deleted 4 expired",
            "reply scheduled")
        try scenario.when(
            "00:00:00 create shop/a every=10s ttl=5s overwrite=replace",
            then: "#6 updated shop/a due=never expires=00:00:05, replacing #3",
            "#7 deleted 6 expired", "reply scheduled")
        try scenario.when("00:00:00 get shop/a", then: "reply notFound shop/a")
    }

    @Test("an actor's reminder goes to the hosts of its type") func reminder() throws {
        var scenario = try Scenario(
            "00:00:00 receiver w1 app=Cart", "00:00:00 receiver w2 actor=Cart")
        try scenario.given("00:00:00 create Cart#17/remind in=1s")
        try scenario.when(
            "00:00:01 tick", then: "#5 triggered 4 tick=1 due=00:00:01 attempt=1 → w2 id=5")
    }
}

@Suite("Deleting and asking") struct DeletingTests {
    @Test("a deleted job does not run again") func deleted() throws {
        var scenario = try Scenario(
            "00:00:00 receiver w1 app=shop", "00:00:00 create shop/a every=1s")
        try scenario.when("00:00:00 delete shop/a", then: "#4 deleted 3 requested", "reply deleted")
        try scenario.when("00:00:05 tick", then: "(nothing)")
    }

    @Test("deleting what does not exist succeeds and records nothing") func missing() throws {
        var scenario = try Scenario()
        try scenario.when("00:00:00 delete shop/a", then: "reply deleted")
    }

    @Test("a job is found under its name only while it lives") func found() throws {
        var scenario = try Scenario()
        try scenario.when("00:00:00 get shop/a", then: "reply notFound shop/a")
        try scenario.given("00:00:00 create shop/a every=1s")
        try scenario.when(
            "00:00:00 get shop/a",
            then: "reply found shop/a generation 2 waiting done=0 attempt=1 next=00:00:01")
        try scenario.given("00:00:00 delete shop/a")
        try scenario.when("00:00:00 get shop/a", then: "reply notFound shop/a")
    }

    @Test("the status of a job says how far it has come") func status() throws {
        var scenario = try Scenario(
            "00:00:00 receiver w1 app=shop",
            "00:00:00 create shop/a every=10s repeats=2 retry=3s×3",
            "00:00:10 tick", "00:00:11 answer 4 failed")
        try scenario.when(
            "00:00:11 get shop/a",
            then: "reply found shop/a generation 3 retrying done=0 attempt=2 last=00:00:10"
                + " next=00:00:20")
        try scenario.given("00:00:13 tick", "00:00:14 answer 6 succeeded")
        try scenario.when(
            "00:00:14 get shop/a",
            then: "reply found shop/a generation 3 waiting done=1 attempt=1 last=00:00:10"
                + " next=00:00:20")
        try scenario.given("00:00:20 tick")
        try scenario.when(
            "00:00:20 get shop/a",
            then: "reply found shop/a generation 3 inFlight done=1 attempt=1 last=00:00:20")
    }

    @Test("commands for one name in one turn see each other, in the order they came")
    func oneTurn() throws {
        var scenario = try Scenario()
        try scenario.when(
            """
            00:00:00 get shop/a & create shop/a every=1h & create shop/a every=1h & get shop/a \
            & delete shop/a & get shop/a & create shop/a every=2h
            """,
            then: "#2 created shop/a due=01:00:00", "#3 deleted 2 requested",
            "#4 created shop/a due=02:00:00", "reply notFound shop/a", "reply scheduled",
            "reply alreadyExists shop/a",
            "reply found shop/a generation 2 waiting done=0 attempt=1 next=01:00:00",
            "reply deleted",
            "reply notFound shop/a", "reply scheduled")
    }
}
