import Audit
import EventLog
import Jobs
import Testing

@Suite("Auditing triggers")
struct TriggerTests {
    /// A job every minute whose first tick has succeeded; tick 2 is due at 120.
    private func afterFirstTick(_ policy: FailurePolicy = .standard) throws -> (
        History, SequenceNumber
    ) {
        var history = try History.ready()
        let job = try history.created(schedule: "@every 60s", policy: policy)
        history.acknowledged(history.triggered(job, at: 60), .succeeded, next: (2, 120))
        return (history, job)
    }

    @Test("the tick that was to come is clean")
    func expectedTick() throws {
        var (history, job) = try afterFirstTick()
        history.triggered(job, tick: 2, due: 120, at: 120)
        #expect(history.verdicts == [])
    }

    @Test("a tick that was over is a duplicate")
    func earlierTick() throws {
        var (history, job) = try afterFirstTick()
        history.triggered(job, tick: 1, due: 60, at: 120)
        #expect(
            history.verdicts == [
                "duplicate #5 #6: Tick 1 was triggered again; tick 2 was to come."
            ])
        let finding = try #require(history.audit.report().findings.first)
        #expect(finding.generation == job)
        #expect(finding.job?.name == "report")
        #expect(finding.tick == 1)
    }

    @Test("ticks passed over without a reason are missed")
    func laterTick() throws {
        var (history, job) = try afterFirstTick()
        history.triggered(job, tick: 4, due: 240, at: 240)
        #expect(
            history.verdicts == [
                "missed #5 #6: Tick 4 was triggered; nothing says why ticks 2 to 3 were not."
            ])
        #expect(history.audit.report().findings.first?.tick == 2)
    }

    @Test("after a fault the log is trusted: one fault is one finding")
    func resynchronised() throws {
        var (history, job) = try afterFirstTick()
        var trigger = history.triggered(job, tick: 4, due: 240, at: 240)
        for tick in UInt64(5)...9 {
            let due = Int64(tick) * 60
            history.acknowledged(trigger, .succeeded, next: (tick, due))
            trigger = history.triggered(job, tick: tick, due: due, at: due)
        }
        #expect(history.audit.report().findingCounts.total == 1)
    }

    @Test("a second trigger while one is in flight is a duplicate")
    func secondInFlight() throws {
        var history = try History.ready()
        let job = try history.created()
        let first = history.triggered(job, at: 60)
        let second = history.triggered(job, at: 61)
        history.acknowledged(first, .succeeded)
        history.acknowledged(second, .succeeded)
        history.deleted(job, .completed)
        #expect(
            history.verdicts == [
                "duplicate #4 #5: Tick 1 was triggered while trigger 4 was in flight."
            ])
    }

    @Test("a trigger carries the due time of its tick, also when it is late")
    func due() throws {
        var (history, job) = try afterFirstTick()
        history.triggered(job, tick: 2, due: 121, at: 121)
        #expect(
            history.verdicts == [
                "unexplained #5 #6: It was due \(History.show(120)), not \(History.show(121))."
            ])
    }

    @Test("a trigger at its instant is in time; a second before is early")
    func early() throws {
        var (history, job) = try afterFirstTick()
        history.triggered(job, tick: 2, due: 120, at: 119)
        #expect(
            history.verdicts == [
                "unexplained #5 #6: It came early: at \(History.show(119)), not before"
                    + " \(History.show(120))."
            ])
    }

    @Test("a first attempt is number 1")
    func attempt() throws {
        var (history, job) = try afterFirstTick()
        history.triggered(job, tick: 2, due: 120, at: 120, attempt: 2)
        #expect(history.verdicts == ["unexplained #5 #6: It was attempt 1, not 2."])
    }

    @Test(
        "the cause of a first attempt is the schedule",
        arguments: [Trigger.Cause.retry, .redelivery, .manual])
    func cause(cause: Trigger.Cause) throws {
        var (history, job) = try afterFirstTick()
        history.triggered(job, tick: 2, due: 120, at: 120, cause: cause)
        #expect(
            history.verdicts == ["unexplained #5 #6: Its cause was schedule, not \(cause)."])
    }

    @Test(
        "the attempt after an outcome has the number and the cause that follow from it",
        arguments: [
            (.failed, 61, 2, .retry, .failed), (.timedOut, 61, 2, .retry, .timedOut),
            (.undeliverable, 60, 1, .redelivery, .undeliverable),
            (.abandoned, 60, 1, .redelivery, .abandoned),
        ]
            as [(
                Acknowledgement.Outcome, Int64, UInt32, Trigger.Cause, PossibleDuplicate.Cause
            )])
    func nextAttempt(
        outcome: Acknowledgement.Outcome, at: Int64, attempt: UInt32, cause: Trigger.Cause,
        duplicate: PossibleDuplicate.Cause
    ) throws {
        var history = try History.ready()
        let job = try history.created()
        let first = history.triggered(job, at: 60)
        history.acknowledged(first, outcome, next: (1, at))
        var guilty = history
        let again = history.triggered(job, at: 61, attempt: attempt, cause: cause)
        #expect(history.verdicts == [])
        let report = history.audit.report()
        #expect(report.possibleDuplicates.map(\.cause) == [duplicate])
        #expect(report.possibleDuplicates.first?.first == first)
        #expect(report.possibleDuplicates.first?.again == again)
        #expect(report.totals.ticks == 1)

        guilty.triggered(job, at: 61, attempt: attempt, cause: .schedule)
        #expect(guilty.verdicts == ["unexplained #5 #6: Its cause was \(cause), not schedule."])
    }

    @Test("a trigger needs a receiver")
    func receiverAbsent() throws {
        var history = try History.ready()
        let job = try history.created()
        try history.absent()
        history.triggered(job, at: 60)
        #expect(
            history.verdicts == [
                "unexplained #5: Tick 1 was triggered with no receiver present."
            ])
    }

    @Test("a receiver of another app does not count")
    func receiverElsewhere() throws {
        var history = try History.ready()
        let job = try history.created(app: "mail")
        history.triggered(job, at: 60)
        #expect(
            history.verdicts == [
                "unexplained #4: Tick 1 was triggered with no receiver present."
            ])
    }

    /// As many jobs as `count`, all triggered at 60.
    private func trigger(_ count: Int, in history: inout History, receiver: UInt32 = 1) throws {
        for number in 1...count {
            let job = try history.created("job-\(number)")
            history.triggered(job, at: 60, receiver: receiver)
        }
    }

    @Test("the only receiver is sent as much as it takes and no more")
    func window() throws {
        var innocent = try History.ready(window: 2)
        try trigger(2, in: &innocent)
        #expect(innocent.verdicts == [])

        var guilty = try History.ready(window: 2)
        try trigger(3, in: &guilty)
        #expect(
            guilty.verdicts == [
                "unexplained #2 #8: Tick 1 was triggered with 2 in flight already, all the"
                    + " receiver takes."
            ])
    }

    @Test("an answer makes room in the window, also one that comes after the job's end")
    func windowFreed() throws {
        var history = try History.ready(window: 1)
        let first = try history.created("first")
        let trigger = history.triggered(first, at: 60)
        history.deleted(first)
        history.acknowledged(trigger, .late, isLast: false)
        history.triggered(try history.created("second"), at: 60)
        #expect(history.verdicts == [])
    }

    @Test("a window of 0 says no bound")
    func noWindow() throws {
        var history = try History.ready(window: 0)
        try trigger(20, in: &history)
        #expect(history.verdicts == [])
    }

    @Test("how much a route takes is unknown once a second receiver was announced")
    func announcedAgain() throws {
        var history = try History.ready(window: 1)
        try history.absent()
        try history.present(receiver: 2, window: 1)
        try trigger(3, in: &history, receiver: 2)
        #expect(history.verdicts == [])
    }

    @Test("how much a route takes is unknown once a trigger names another receiver")
    func otherReceiver() throws {
        var history = try History.ready(window: 1)
        let first = try history.created("first")
        history.triggered(first, at: 60, receiver: 2)
        try trigger(2, in: &history)
        #expect(history.verdicts == [])
    }
}
