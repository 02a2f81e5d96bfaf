import EventLog
import Jobs
import SchedulerCore
import Testing

@Suite("A clock that is wrong") struct ClockTests {
    @Test("nothing is triggered while it is held, and everything else goes on") func hold() throws {
        var scenario = try Scenario(
            "00:00:00 receiver w1 app=shop", "00:00:00 create shop/a every=10s")
        try scenario.when("00:00:05 hold 08:00:00", then: "#4 clockHeld 08:00:00")
        try scenario.when("00:00:12 tick", then: "(decided through 00:00:09.999999999)")
        try scenario.when(
            "00:00:13 create shop/b in=0s", then: "#5 created shop/b due=00:00:13",
            "reply scheduled", "(decided through 00:00:09.999999999)")
        #expect(scenario.machine.isClockHeld)
        #expect(scenario.effects.decidedThrough == ScriptTime.parse("00:00:09.999999999"))
        try scenario.when(
            "00:00:15 release returned", then: "#6 clockReleased returned",
            "#7 triggered 3 tick=1 due=00:00:10 attempt=1 heldBy=clock → w1 id=7",
            "#8 triggered 5 tick=1 due=00:00:13 attempt=1 heldBy=clock → w1 id=8")
    }

    @Test("an operator ends a hold, durably, and says so again without any effect") func accept()
        throws
    {
        var scenario = try Scenario("00:00:00 hold 08:00:00")
        try scenario.when(
            "00:00:01 acceptClock", then: "#3 clockReleased accepted",
            "reply clock accepted, wasHeld=true")
        try scenario.when(
            "00:00:02 acceptClock", then: "reply clock accepted, wasHeld=false")
        // A report of the same that comes later changes nothing.
        try scenario.when(
            "08:00:02 release accepted & clock 00:00:02 08:00:02",
            then: "#4 clockMoved 00:00:02 → 08:00:02")
    }

    @Test("a turn that is not stored leaves it held") func refused() throws {
        var scenario = try Scenario("00:00:00 hold 08:00:00", "00:00:01 unstored acceptClock")
        #expect(scenario.machine.isClockHeld)
        try scenario.given("00:00:02 unstored release returned")
        // It comes again.
        try scenario.when("00:00:03 tick", then: "#3 clockReleased returned")
    }

    @Test("the beginning of the log may not be removed while the age of records is in doubt")
    func age() throws {
        var scenario = try Scenario("00:00:00 hold 08:00:00")
        try scenario.when("00:00:01 forget 1", then: "reply forgotten, isRecorded=false")
        try scenario.given("00:00:02 release returned")
        try scenario.when(
            "00:00:03 forget 1", then: "#4 forgotten through #1",
            "reply forgotten, isRecorded=true")
        // An hour is believed; what is longer is not, for a day.
        try scenario.given("01:00:03 clock 00:00:03 01:00:03")
        try scenario.when(
            "01:00:04 forget 1", then: "#6 forgotten through #1",
            "reply forgotten, isRecorded=true")
        try scenario.given("02:00:05 clock 01:00:04 02:00:05")
        try scenario.when("02:00:06 forget 1", then: "reply forgotten, isRecorded=false")
        try scenario.when(
            "26:00:04 forget 1", then: "#8 frontier", "reply forgotten, isRecorded=false")
        try scenario.when(
            "26:00:05 forget 1", then: "#9 forgotten through #1",
            "reply forgotten, isRecorded=true")
    }

    @Test("a hold ends with its process") func reopened() throws {
        var scenario = try Scenario(
            "00:00:00 hold 08:00:00", "00:00:01 create shop/a in=0s", "00:00:02 open")
        try scenario.when(
            "00:00:03 receiver w1 app=shop", then: "#5 receiverPresent app(shop) w1",
            "#6 triggered 3 tick=1 due=00:00:01 attempt=1 heldBy=downtime → w1 id=6")
    }

    @Test("put back, what is due after a span moves with it; a date and cron wait for it")
    func back() throws {
        var scenario = try Scenario(
            "10:00:00 receiver w1 app=shop", "10:00:00 create shop/every every=10s",
            "10:00:00 create shop/in in=30m", "10:00:00 create shop/date due=10:00:40",
            "10:00:00 create shop/cron cron=20_0_10_*_*_*",
            "10:00:00 create shop/dated every=10s due=10:00:30")
        try scenario.when(
            "09:00:05 clock 10:00:05 09:00:05", then: "#8 clockMoved 10:00:05 → 09:00:05",
            "#9 rescheduled 3 tick=1 from 10:00:10 to 09:00:10 with the clock",
            "#10 rescheduled 4 tick=1 from 10:30:00 to 09:30:00 with the clock")
        try scenario.when(
            "09:00:10 tick", then: "#11 triggered 3 tick=1 due=09:00:10 attempt=1 → w1 id=11")
        try scenario.when(
            "09:00:11 answer 11 succeeded",
            then: "#12 acknowledged 11 succeeded; next 09:00:20 tick=2")
    }

    @Test("put back while a trigger is in flight, its next attempt moves when it is answered")
    func inFlight() throws {
        var scenario = try Scenario(
            "10:00:00 receiver w1 app=shop", "10:00:00 create shop/a every=10s",
            "10:00:00 create shop/b in=10s retry=5s×3",
            "10:00:00 create shop/c cron=10_0_10_*_*_* retry=5s×3",
            "10:00:10 tick", "09:00:10 clock 10:00:10 09:00:10")
        try scenario.when(
            "09:00:11 answer 6 succeeded",
            then: "#10 acknowledged 6 succeeded; next 10:00:20 tick=2",
            "#11 rescheduled 3 tick=2 from 10:00:20 to 09:00:20 with the clock")
        try scenario.when(
            "09:00:11 answer 7 failed",
            then: "#12 acknowledged 7 failed; next 10:00:15 tick=1 attempt=2",
            "#13 rescheduled 4 tick=1 from 10:00:15 to 09:00:15 with the clock")
        // Its date is not there again yet.
        try scenario.when(
            "09:00:11 answer 8 failed",
            then: "#14 acknowledged 8 failed; next 10:00:15 tick=1 attempt=2")
        try scenario.when(
            "09:00:15 tick",
            then: "#15 triggered 4 tick=1 due=09:00:10 attempt=2 retry → w1 id=15")
    }

    @Test("put forward and back again: what has not run in between stays, what has run moves")
    func forthAndBack() throws {
        var scenario = try Scenario(
            "10:00:00 receiver w1 app=shop", "10:00:00 create shop/a every=20m",
            "10:00:00 create shop/b in=4h", "10:30:00 clock 10:00:00 10:30:00",
            "10:30:01 answer 6 succeeded")
        try scenario.when(
            "10:00:02 clock 10:30:02 10:00:02", then: "#8 clockMoved 10:30:02 → 10:00:02",
            "#9 rescheduled 3 tick=2 from 10:40:00 to 10:10:00 with the clock")
    }

    @Test("a ttl that is a span moves with the ticks, one on a date stays") func expiry() throws {
        var scenario = try Scenario(
            "10:00:00 receiver w1 app=shop", "10:00:00 create shop/a every=10s ttl=25s",
            "10:00:00 create shop/b every=10s until=10:00:25",
            "09:00:00 clock 10:00:00 09:00:00")
        for (trigger, time) in [(8, "09:00:10"), (12, "09:00:20")] {
            try scenario.given("\(time) tick", "\(time) answer \(trigger) succeeded")
            if time == "09:00:20" {
                try scenario.when(
                    "\(time) get shop/a", then: "reply notFound shop/a")
            }
            try scenario.given("\(time) answer \(trigger + 1) succeeded")
        }
        try scenario.when(
            "09:00:20 get shop/b",
            then: "reply found shop/b generation 4 waiting done=2 attempt=1 last=09:00:20"
                + " next=09:00:30")
    }

    @Test("what was due before the clock was put back is due at once") func overdue() throws {
        var scenario = try Scenario(
            "10:00:00 create shop/a in=10s", "10:00:30 tick",
            "09:00:30 clock 10:00:30 09:00:30")
        try scenario.when(
            "09:00:31 receiver w1 app=shop", then: "#6 receiverPresent app(shop) w1",
            "#7 triggered 2 tick=1 due=09:00:30 attempt=1 heldBy=receiverAbsent → w1 id=7")
    }

    @Test(
        "thousands move over several turns, and a crash leaves the rest to the next process"
    )
    func manyTurns() throws {
        var scenario = try Scenario("10:00:00 receiver w1 app=shop window=5000")
        for index in 0..<2_500 { try scenario.given("10:00:00 create shop/\(index) every=1h") }
        var moved = 0
        func count() { moved += scenario.effects.events.count { $0.event.kind == .rescheduled } }
        try scenario.given("09:00:00 clock 10:00:00 09:00:00")
        count()
        #expect(moved > 500 && moved < 1_000)
        try scenario.given("09:00:01 open")
        count()
        for second in 2...4 {
            try scenario.given("09:00:0\(second) tick")
            count()
        }
        #expect(moved == 2_500)
    }
}
