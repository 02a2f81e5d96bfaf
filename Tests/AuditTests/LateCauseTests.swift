import Audit
import EventLog
import Jobs
import TestSupport
import Testing

@Suite("Why a tick was late")
struct LateCauseTests {
    /// The job's only tick ran, and `cause` made it late, by `lateness` seconds.
    private func expect(
        _ history: History, _ cause: LateCause, _ lateness: Int64,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let stories = history.audit.report().stories
        #expect(history.verdicts == [], sourceLocation: sourceLocation)
        #expect(history.lateCauses == [cause: 1], sourceLocation: sourceLocation)
        #expect(
            stories.latenessByCause[cause]?.longest == .seconds(lateness),
            sourceLocation: sourceLocation)
        #expect(stories.lateness.longest == .seconds(lateness))
    }

    @Test("no writer was running")
    func downtime() throws {
        var history = try History.ready()
        let job = try history.created()
        history.idle(from: 10, to: 50)
        history.opened(isAfterCleanClose: false, at: 100)
        try history.present()
        history.run(job, at: 100, heldBy: .downtime)
        expect(history, .downtime, 40)
    }

    @Test("the clock jumped over its instant")
    func clock() throws {
        var history = try History.ready()
        let job = try history.created()
        history.idle(from: 10, to: 50)
        history.add(
            .clockMoved(from: Timestamp(seconds: 55), to: Timestamp(seconds: 90)), at: 90)
        history.run(job, at: 90)
        expect(history, .clock, 30)
    }

    @Test("no receiver was present")
    func parked() throws {
        var history = History()
        history.opened(isAfterCleanClose: true)
        let job = try history.created()
        history.idle(from: 10, to: 90)
        try history.present(at: 95)
        history.run(job, at: 95, heldBy: .receiverAbsent)
        expect(history, .parked, 35)
    }

    @Test("the tick before it was not over")
    func predecessor() throws {
        var history = try History.ready()
        let job = try history.created(schedule: "@every 60s")
        let first = history.triggered(job, at: 60)
        history.idle(from: 70, to: 150)
        history.acknowledged(first, .succeeded, next: (2, 120), at: 155)
        let second = history.triggered(job, tick: 2, due: 120, at: 155, heldBy: .predecessor)
        history.acknowledged(second, .succeeded, next: (3, 180))
        #expect(history.stories == [.onTime: 1, .late: 1])
        expect(history, .predecessor, 35)
    }

    @Test("after downtime the ticks that follow one by one are late for it too")
    func catchUp() throws {
        var history = try History.ready()
        let job = try history.created(schedule: "@every 60s")
        history.opened(isAfterCleanClose: false, at: 600)
        try history.present()
        for tick in UInt64(1)...3 {
            let trigger = history.triggered(
                job, tick: tick, due: Int64(tick) * 60, at: 600, heldBy: .downtime)
            history.acknowledged(trigger, .succeeded, next: (tick + 1, Int64(tick + 1) * 60))
        }
        #expect(history.verdicts == [])
        #expect(history.lateCauses == [.downtime: 3])
    }

    @Test("an earlier attempt failed; the attempt itself was on time")
    func retried() throws {
        let policy = FailurePolicy.constant(interval: 5_000_000_000, retriesMax: 3)
        var history = try History.ready()
        let job = try history.created(policy: policy)
        history.acknowledged(history.triggered(job, at: 60), .failed, next: (1, 65))
        history.acknowledged(
            history.triggered(job, at: 65, attempt: 2, cause: .retry), .succeeded)
        history.deleted(job, .completed)
        #expect(history.lateCauses == [.retried: 1])
        #expect(history.audit.report().stories.lateness.longest == .zero)
    }

    @Test("a retry soon enough leaves the tick on time")
    func retriedOnTime() throws {
        var history = try History.ready()
        let job = try history.created()
        history.acknowledged(history.triggered(job, at: 60), .failed, next: (1, 61))
        history.acknowledged(
            history.triggered(job, at: 61, attempt: 2, cause: .retry), .succeeded)
        #expect(history.stories == [.onTime: 1])
    }

    @Test("what made the first attempt late counts for more than a short retry")
    func lateThenRetried() throws {
        var history = try History.ready()
        let job = try history.created()
        history.opened(isAfterCleanClose: false, at: 100)
        try history.present()
        history.acknowledged(history.triggered(job, at: 100), .failed, next: (1, 101))
        let retry = history.triggered(job, at: 101, attempt: 2, cause: .retry)
        history.acknowledged(retry, .succeeded)
        #expect(history.lateCauses == [.downtime: 1])
    }

    @Test("an earlier delivery was lost")
    func redelivered() throws {
        var history = try History.ready()
        let job = try history.created()
        let lost = history.triggered(job, at: 60)
        history.idle(from: 70, to: 90)
        history.acknowledged(lost, .abandoned, next: (1, 60), at: 90)
        history.acknowledged(
            history.triggered(job, at: 90, cause: .redelivery), .succeeded)
        #expect(history.lateCauses == [.redelivered: 1])
    }

    @Test("its job was accepted only when it was due already")
    func accepted() throws {
        var history = try History.ready()
        history.idle(from: 10, to: 90)
        let job = try history.created(at: 95)
        history.run(job, at: 95)
        expect(history, .accepted, 35)
    }

    @Test("new rules of its zone were followed only when it was due already")
    func rules() throws {
        let zone = "Test/City"
        var history = try History.ready()
        history.add(.zoneRules(ZoneRules(zone, footer: "AAA0")))
        let job = try history.created(schedule: "CRON_TZ=\(zone) 0 * * * * *")
        history.opened(isAfterCleanClose: false, at: 20)
        try history.present()
        history.add(.zoneRules(ZoneRules(zone, footer: "AAA-0:00:10")))
        history.idle(from: 30, to: 90)
        history.rescheduled(job, from: 60, to: 50)
        let trigger = history.triggered(job, due: 50, at: 90)
        history.acknowledged(trigger, .succeeded, next: (2, 110))
        expect(history, .rules, 40)
    }

    @Test("its receiver was full")
    func windowFull() throws {
        var history = try History.ready(window: 1)
        let other = try history.created("other", firstDue: 50)
        let job = try history.created()
        let busy = history.triggered(other, due: 50, at: 50)
        history.idle(from: 60, to: 100)
        history.acknowledged(busy, .succeeded)
        history.deleted(other, .completed)
        history.run(job, at: 100, heldBy: .windowFull)
        expect(history, .windowFull, 40)
    }

    @Test("with several receivers the trigger says that all were full")
    func windowsFull() throws {
        var history = try History.ready(window: 10)
        let other = try history.created("other", firstDue: 50)
        let job = try history.created()
        let busy = history.triggered(other, due: 50, at: 50, receiver: 2)
        history.idle(from: 60, to: 100)
        history.acknowledged(busy, .succeeded)
        history.deleted(other, .completed)
        history.run(job, at: 100, heldBy: .windowFull)
        expect(history, .windowFull, 40)
    }

    @Test("its trigger says so: a concurrency limit was reached")
    func gate() throws {
        var history = try History.ready()
        let job = try history.created()
        try history.heldByLimit(from: 50, to: 90)
        history.run(job, at: 90, heldBy: .gate)
        expect(history, .gate, 30)
    }

    @Test("a trigger says wrongly that a limit of concurrency held it")
    func gateContradicted() throws {
        var history = try History.ready()
        try history.heldByLimit(from: 50, to: 55)
        let job = try history.created()
        history.run(job, at: 61, heldBy: .gate)
        #expect(history.audit.report().findingCounts[.unexplained] == 1)
    }

    @Test("the writer was silent for longer than an idle one is")
    func silence() throws {
        var history = try History.ready()
        let job = try history.created()
        history.idle(from: 10, to: 50)
        history.run(job, at: 90)
        expect(history, .silence, 30)
    }

    @Test("the writer was running, and slow")
    func writer() throws {
        var history = try History.ready()
        let job = try history.created()
        history.idle(from: 10, to: 90)
        history.run(job, at: 90)
        expect(history, .writer, 30)
    }

    @Test("of several causes the one that held it longest counts")
    func longest() throws {
        for (back, cause) in [(70, LateCause.parked), (90, .downtime)] as [(Int64, LateCause)] {
            var history = try History.ready()
            let job = try history.created()
            history.idle(from: 10, to: 60)
            history.opened(isAfterCleanClose: false, at: back)
            history.idle(from: back, to: 100)
            try history.present(at: 100)
            history.run(job, at: 100)
            expect(history, cause, 40)
        }
    }

    @Test(
        "a reason that the events prove wrong is unexplained",
        arguments: [
            Trigger.Hold.downtime, .receiverAbsent, .predecessor, .windowFull,
        ])
    func contradicted(hold: Trigger.Hold) throws {
        var history = try History.ready()
        let job = try history.created()
        history.idle(from: 10, to: 90)
        history.run(job, at: 90, heldBy: hold)
        #expect(
            history.verdicts == [
                "unexplained #3 #13: It says it was held by \(hold), and the events show that it"
                    + " was not."
            ])
        #expect(history.stories == [.unexplained: 1])
    }

    @Test("a second tick that was to come says wrongly that the first held it")
    func predecessorContradicted() throws {
        for (answered, count) in [(119, 1), (120, 0)] as [(Int64, Int)] {
            var history = try History.ready()
            let job = try history.created(schedule: "@every 60s")
            let first = history.triggered(job, at: 60)
            history.acknowledged(first, .succeeded, next: (2, 120), at: answered)
            history.triggered(job, tick: 2, due: 120, at: 121, heldBy: .predecessor)
            #expect(history.audit.report().findingCounts[.unexplained] == count)
        }
    }
}
