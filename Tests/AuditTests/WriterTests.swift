import Audit
import EventLog
import Jobs
import Testing

@Suite("Auditing writers and receivers")
struct WriterTests {
    @Test("a log begins with opened")
    func first() throws {
        var history = History()
        try history.present()
        #expect(
            history.verdicts == [
                "unexplained #1: The log begins with an event that is not opened."
            ])
    }

    @Test("opened says whether the writer before it closed")
    func cleanClose() throws {
        var innocent = try History.ready()
        innocent.opened(isAfterCleanClose: false)
        innocent.add(.closed)
        innocent.opened(isAfterCleanClose: true)
        #expect(innocent.verdicts == [])

        var guilty = try History.ready()
        guilty.opened(isAfterCleanClose: true)
        guilty.add(.closed)
        guilty.opened(isAfterCleanClose: false)
        #expect(
            guilty.verdicts == [
                "unexplained #3: Opened as after a clean close, but the record before is not"
                    + " closed.",
                "unexplained #5: Opened as after a crash, but the record before is closed or"
                    + " there is none.",
            ])
    }

    @Test("after closed the log is opened before anything else")
    func afterClosed() throws {
        var history = try History.ready()
        history.add(.closed)
        try history.created()
        #expect(
            history.verdicts == [
                "unexplained #3 #4: Something was recorded after closed, before the log was opened"
                    + " again."
            ])
    }

    @Test("a receiver appears where there is none and goes where there is one")
    func presence() throws {
        var innocent = try History.ready()
        try innocent.absent()
        try innocent.present(receiver: 2)
        try innocent.present("mail")
        #expect(innocent.verdicts == [])

        var guilty = try History.ready()
        try guilty.present(receiver: 2)
        try guilty.absent("mail")
        #expect(
            guilty.verdicts == [
                "unexplained #2 #3: A first receiver appeared on a route that had one.",
                "unexplained #4: The last receiver went from a route that had none.",
            ])
    }

    @Test("opening makes every receiver absent")
    func openingClearsReceivers() throws {
        var innocent = try History.ready()
        innocent.opened(isAfterCleanClose: false)
        try innocent.present()
        #expect(innocent.verdicts == [])

        var guilty = try History.ready()
        let job = try guilty.created()
        guilty.opened(isAfterCleanClose: false)
        guilty.triggered(job, at: 60)
        #expect(
            guilty.verdicts == [
                "unexplained #5: Tick 1 was triggered with no receiver present."
            ])
    }

    /// A trigger in flight, number 4, whose process died; a receiver is back.
    private func orphaned() throws -> (History, SequenceNumber, TriggerID) {
        var history = try History.ready()
        let job = try history.created(schedule: "@every 60s")
        let trigger = history.triggered(job, at: 60)
        history.opened(isAfterCleanClose: false)
        try history.present()
        return (history, job, trigger)
    }

    @Test("what was in flight when the process died is abandoned, then redelivered")
    func abandoned() throws {
        var (history, job, trigger) = try orphaned()
        history.acknowledged(trigger, .abandoned, next: (1, 60))
        history.triggered(job, at: 61, cause: .redelivery)
        #expect(history.verdicts == [])
        #expect(history.audit.report().possibleDuplicateCounts[.crash] == 1)
    }

    @Test("what was in flight when the process died is not triggered again before")
    func notAbandoned() throws {
        var (history, job, _) = try orphaned()
        history.triggered(job, at: 61, cause: .redelivery)
        #expect(
            history.verdicts == [
                "duplicate #4 #7: Tick 1 was triggered while trigger 4 was in flight."
            ])
    }

    @Test(
        "an answer cannot reach a process that died",
        arguments: [Acknowledgement.Outcome.succeeded, .failed, .late, .undeliverable])
    func orphanAnswered(outcome: Acknowledgement.Outcome) throws {
        var (history, job, trigger) = try orphaned()
        history.acknowledged(trigger, outcome, next: (2, 120))
        history.triggered(job, tick: 2, due: 120, at: 120)
        #expect(
            history.verdicts == [
                "unexplained #4 #5 #7: The process that could hear the answer was gone; it can"
                    + " only be abandoned."
            ])
    }

    @Test("an abandoned trigger of a job that had ended names what ended it")
    func abandonedAfterEnd() throws {
        var history = try History.ready()
        let job = try history.created()
        let trigger = history.triggered(job, at: 60)
        history.deleted(job)
        history.opened(isAfterCleanClose: false)
        history.acknowledged(trigger, .abandoned)
        #expect(history.verdicts == [])
    }

    @Test("a trigger that timed out has no late answer in another process")
    func timedOutBefore() throws {
        var history = try History.ready()
        let job = try history.created()
        let trigger = history.triggered(job, at: 60)
        history.acknowledged(trigger, .timedOut, next: (1, 61))
        history.opened(isAfterCleanClose: false)
        history.acknowledged(trigger, .late)
        #expect(
            history.verdicts == [
                "unexplained #4 #7: Trigger 4 was answered, but it was not in flight."
            ])
    }
}
