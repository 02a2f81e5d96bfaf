import Audit
import EventLog
import Jobs
import Testing

@Suite("Auditing how jobs come, change and end")
struct JobLifeTests {
    @Test("an empty history is clean")
    func empty() {
        let report = History().audit.report()
        #expect(report.isClean)
        #expect(report.head == nil)
    }

    @Test("a job created, triggered once, answered and completed is clean")
    func wholeLife() throws {
        var history = try History.ready()
        let job = try history.created(firstDue: 60)
        let trigger = history.triggered(job, at: 60)
        history.acknowledged(trigger, .succeeded)
        history.deleted(job, .completed)
        history.seal(through: 60)
        #expect(history.verdicts == [])
    }

    @Test(
        "the first due time is what the schedule gives",
        arguments: [(60, []), (61, ["01:00Z, not 1970-01-01T00:01:01Z"])] as [(Int64, [String])])
    func firstDue(due: Int64, faults: [String]) throws {
        var history = try History.ready()
        try history.created(schedule: "@every 60s", firstDue: due)
        #expect(
            history.verdicts
                == faults.map { "unexplained #3: Its first tick is due 1970-01-01T00:\($0)." })
    }

    @Test("a schedule with a due time begins at the due time")
    func dueAtAnchor() throws {
        var history = try History.ready()
        let definition = try History.definition(
            "report", schedule: "@every 60s", isDueAtAnchor: true, anchor: 90, firstDue: 90)
        history.add(.created(definition))
        #expect(history.verdicts == [])
    }

    @Test("a schedule that cannot be read is unexplained, and its ticks are then trusted")
    func unreadableSchedule() throws {
        var history = try History.ready()
        let job = try history.created(schedule: "whenever", firstDue: 60)
        let trigger = history.triggered(job, at: 60)
        history.acknowledged(trigger, .succeeded, next: (2, 99))
        #expect(history.verdicts == ["unexplained #3: Its schedule cannot be read."])
    }

    @Test("a job that expired before its first tick is deleted as expired, without a trigger")
    func expiredAtOnce() throws {
        var history = try History.ready()
        let job = try history.created(schedule: "@every 60s", firstDue: nil, expiry: 10)
        history.deleted(job, .expired)
        #expect(history.verdicts == [])
    }

    @Test("a job that expired before its first tick cannot be triggered")
    func expiredButTriggered() throws {
        var history = try History.ready()
        let job = try history.created(schedule: "@every 60s", firstDue: nil, expiry: 10)
        history.triggered(job, at: 60)
        #expect(
            history.verdicts == [
                "unexplained #3 #4: Tick 1 was triggered although nothing was left to run."
            ])
    }

    @Test("a job that expired before its first tick cannot stay")
    func expiredButStays() throws {
        var history = try History.ready()
        try history.created(schedule: "@every 60s", firstDue: nil, expiry: 10)
        #expect(
            history.verdicts == [
                "unexplained #3: Nothing is left to run, but the job was not deleted."
            ])
    }

    @Test("a name is created again only after its job ended")
    func takenName() throws {
        var innocent = try History.ready()
        innocent.deleted(try innocent.created())
        try innocent.created()
        #expect(innocent.verdicts == [])

        var guilty = try History.ready()
        try guilty.created()
        try guilty.created()
        #expect(
            guilty.verdicts == [
                "unexplained #3 #4: A job was created under a name that generation 3 holds."
            ])
    }

    @Test("a job is replaced only while it lives, and the replacement starts from zero")
    func replaced() throws {
        var innocent = try History.ready()
        let old = try innocent.created(firstDue: 30)
        innocent.triggered(old, due: 30, at: 30)
        let new = try innocent.updated(old)
        innocent.triggered(new, at: 60)
        #expect(innocent.verdicts == [])

        var guilty = try History.ready()
        let gone = try guilty.created()
        guilty.deleted(gone)
        try guilty.updated(gone)
        #expect(
            guilty.verdicts == ["unexplained #5: A job was replaced, but its name was free."])
    }

    @Test("an update names the last event of the generation it replaces")
    func updateChain() throws {
        var history = try History.ready()
        let job = try history.created()
        history.triggered(job, at: 60)
        try history.updated(job, previous: job)
        #expect(
            history.verdicts == [
                "unexplained #4 #5: Record 5 names 3 as the event before it; it is 4."
            ])
    }

    @Test("every event of a job names the one before it; one broken link is one finding")
    func chain() throws {
        var history = try History.ready()
        let job = try history.created(schedule: "@every 60s")
        let first = history.triggered(job, at: 60, previous: SequenceNumber(2))
        history.acknowledged(first, .succeeded, next: (2, 120))
        history.triggered(job, tick: 2, due: 120, at: 120)
        #expect(
            history.verdicts == [
                "unexplained #3 #4: Record 4 names 2 as the event before it; it is 3."
            ])
    }

    @Test("events of a job that is not there are unexplained")
    func unknownGeneration() throws {
        var history = try History.ready()
        let nobody = SequenceNumber(2)
        history.deleted(nobody)
        let trigger = history.triggered(nobody, at: 60)
        history.acknowledged(trigger, .succeeded)
        #expect(
            history.verdicts == [
                "unexplained #3: Generation 2 was deleted, but there is no such job.",
                "unexplained #4: Generation 2 was triggered, but there is no such job.",
            ])
    }

    @Test("a job that waits is deleted only because somebody asked")
    func deletedEarly() throws {
        var innocent = try History.ready()
        innocent.deleted(try innocent.created())
        #expect(innocent.verdicts == [])

        for reason in [Deletion.Reason.completed, .expired, .givenUp] {
            var guilty = try History.ready()
            guilty.deleted(try guilty.created(), reason)
            #expect(
                guilty.verdicts == [
                    "unexplained #3 #4: It was deleted for a reason that its last outcome does"
                        + " not give."
                ])
        }
    }

    @Test("a deletion by prefix ends every job under it, and says how many")
    func prefix() throws {
        var innocent = try History.ready()
        let first = try innocent.created("a-1")
        let second = try innocent.created("a-2")
        let other = try innocent.created("b-1")
        let elsewhere = try innocent.created("a-1", app: "mail")
        try innocent.deletedByPrefix("a-", count: 2, ending: [first, second])
        try innocent.created("a-1")
        innocent.deleted(other)
        innocent.deleted(elsewhere)
        #expect(innocent.verdicts == [])
        #expect(innocent.audit.report().totals.jobsDeleted == 4)

        var guilty = try History.ready()
        try guilty.created("a-1")
        try guilty.deletedByPrefix("a-", count: 2)
        #expect(
            guilty.verdicts == [
                "unexplained #4: 2 jobs were deleted by prefix; 1 begin with it."
            ])
    }

    @Test("a job deleted by prefix is not triggered again")
    func prefixThenTrigger() throws {
        var history = try History.ready()
        let job = try history.created("a-1")
        try history.deletedByPrefix("a-", count: 1, ending: [job])
        history.triggered(job, at: 60)
        #expect(
            history.verdicts == [
                "unexplained #5: Generation 3 was triggered, but there is no such job."
            ])
    }

    @Test("a job with nothing left to run is deleted for that and nothing else")
    func finishedButReplaced() throws {
        var history = try History.ready()
        let job = try history.created()
        let trigger = history.triggered(job, at: 60)
        history.acknowledged(trigger, .succeeded)
        try history.updated(job, firstDue: 90)
        #expect(
            history.verdicts == [
                "unexplained #5 #6: Nothing was left to run, but it was not deleted for that."
            ])
    }

    @Test("skipped ticks are passed over")
    func skipped() throws {
        var innocent = try History.ready()
        let job = try innocent.created(schedule: "@every 60s")
        innocent.skipped(job, 1...3, next: (4, 240))
        innocent.triggered(job, tick: 4, due: 240, at: 240)
        #expect(innocent.verdicts == [])
        #expect(innocent.audit.report().totals.ticksSkipped == 3)

        var guilty = try History.ready()
        let other = try guilty.created(schedule: "@every 60s")
        guilty.skipped(other, 2...3, next: (4, 240))
        guilty.triggered(other, tick: 4, due: 240, at: 240)
        #expect(
            guilty.verdicts == [
                "unexplained #3 #4: Ticks were skipped that are not the ones that wait."
            ])
    }

    @Test("after the last ticks were skipped the job ends")
    func skippedToTheEnd() throws {
        var history = try History.ready()
        let job = try history.created(schedule: "@every 60s", repeats: 2)
        history.skipped(job, 1...2, next: nil)
        history.deleted(job, .completed)
        #expect(history.verdicts == [])
    }
}
