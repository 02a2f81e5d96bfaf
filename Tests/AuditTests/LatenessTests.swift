import Audit
import EventLog
import Jobs
import Testing

@Suite("Auditing ticks that come late, or never")
struct LatenessTests {
    private static let claim = "the turn that ended with record 3 had decided up to"

    @Test("a tick triggered in the first turn that decides it is in time, however late")
    func firstTurn() throws {
        var history = try History.ready()
        let job = try history.created()
        history.seal(through: 59)
        history.triggered(job, at: 500)
        history.seal(through: 500)
        #expect(history.verdicts == [])
    }

    @Test("a tick that an earlier turn claims to have decided is late with no recorded reason")
    func lateWithoutReason() throws {
        var history = try History.ready()
        let job = try history.created()
        history.seal(through: 60)
        history.triggered(job, at: 61)
        #expect(
            history.verdicts == [
                "unexplained #3 #4: Tick 1 was to be attempted at \(History.show(60)) and came"
                    + " late with no recorded reason: \(Self.claim) \(History.show(60))."
            ])
    }

    @Test("a tick is late with a reason when its receiver came only now")
    func parked() throws {
        var history = History()
        history.opened(isAfterCleanClose: true)
        let job = try history.created()
        history.seal(through: 100)
        try history.present(at: 101)
        history.triggered(job, at: 101)
        history.seal(through: 101)
        #expect(history.verdicts == [])
    }

    @Test("a tick is late with a reason when the window was full until now")
    func windowFull() throws {
        var history = try History.ready(window: 1)
        let first = try history.created("first", firstDue: 50)
        let second = try history.created("second")
        let trigger = history.triggered(first, due: 50, at: 50)
        history.seal(through: 100)
        history.acknowledged(trigger, .succeeded, at: 101)
        history.deleted(first, .completed)
        history.triggered(second, at: 101)
        history.seal(through: 101)
        #expect(history.verdicts == [])
    }

    @Test("a retry is late with a reason when its failure is only now known")
    func waitsSinceNow() throws {
        var history = try History.ready()
        let job = try history.created()
        let trigger = history.triggered(job, at: 60)
        history.seal(through: 100)
        history.acknowledged(trigger, .failed, next: (1, 61), at: 101)
        history.triggered(job, at: 101, attempt: 2, cause: .retry)
        #expect(history.verdicts == [])
    }

    @Test("a receiver that left and came back does not excuse the turn before")
    func openAtAnEarlierSeal() throws {
        var history = try History.ready()
        let job = try history.created()
        history.seal(through: 60)
        try history.absent()
        history.seal(through: 61)
        try history.present(at: 62)
        history.triggered(job, at: 62)
        #expect(history.audit.report().findingCounts[.unexplained] == 1)
        #expect(history.verdicts.first?.contains(Self.claim) == true)
    }

    @Test("among several receivers only an idle route is sure to take one more")
    func severalReceivers() throws {
        var busy = try History.ready(window: 10)
        let other = try busy.created("other", firstDue: 50)
        let job = try busy.created()
        let trigger = busy.triggered(other, due: 50, at: 50, receiver: 2)
        busy.seal(through: 100)
        var idle = busy
        busy.triggered(job, at: 101)
        #expect(busy.verdicts == [])

        idle.acknowledged(trigger, .succeeded)
        idle.deleted(other, .completed)
        idle.seal(through: 101)
        idle.triggered(job, at: 102)
        #expect(idle.audit.report().findingCounts[.unexplained] == 1)
    }

    @Test("a tick decided by the last turn and not triggered is missed")
    func missedAtTheEnd() throws {
        var innocent = try History.ready()
        try innocent.created()
        innocent.seal(through: 59)
        #expect(innocent.verdicts == [])
        #expect(innocent.audit.report().pendingCounts.total == 0)

        var guilty = try History.ready()
        try guilty.created()
        guilty.seal(through: 60)
        #expect(
            guilty.verdicts == [
                "missed #3: Tick 1 was to be attempted at \(History.show(60)) and was not:"
                    + " \(Self.claim) \(History.show(60))."
            ])
    }

    @Test("a job deleted while its tick was overdue missed it")
    func missedByDeletion() throws {
        var innocent = try History.ready()
        let parked = try innocent.created(app: "mail")
        innocent.seal(through: 60)
        innocent.deleted(parked)
        #expect(innocent.verdicts == [])

        for isReplaced in [false, true] {
            var guilty = try History.ready()
            let job = try guilty.created()
            guilty.seal(through: 60)
            if isReplaced { try guilty.updated(job, firstDue: 90) } else { guilty.deleted(job) }
            #expect(
                guilty.verdicts == [
                    "missed #3 #4: Tick 1 was to be attempted at \(History.show(60));"
                        + " \(Self.claim) \(History.show(60)), and it was never triggered."
                ])
        }
    }

    @Test("a tick that waits for a receiver is pending: parked")
    func pendingParked() throws {
        var history = History()
        history.opened(isAfterCleanClose: true)
        let job = try history.created()
        history.seal(through: 60)
        let report = history.audit.report()
        #expect(report.isClean)
        let pending = try #require(report.pending.first)
        #expect(report.pending.count == 1)
        #expect(pending.generation == job)
        #expect(pending.job.name == "report")
        #expect(pending.tick == 1)
        #expect(pending.at == Timestamp(seconds: 60))
        #expect(pending.reason == .parked)
    }

    @Test("a tick that waits for room is pending: window full; a triggered one: in flight")
    func pendingWindowFull() throws {
        var history = try History.ready(window: 1)
        let first = try history.created("first", firstDue: 50)
        try history.created("second")
        let trigger = history.triggered(first, due: 50, at: 50)
        history.seal(through: 60)
        let report = history.audit.report()
        #expect(report.isClean)
        #expect(report.pending.map(\.reason) == [.windowFull, .inFlight])
        #expect(report.pending.map(\.trigger) == [nil, trigger])
    }

    @Test("a wall clock that goes back is no fault")
    func clockGoesBack() throws {
        var history = try History.ready()
        let job = try history.created(schedule: "@every 60s")
        let trigger = history.triggered(job, at: 70)
        let moved = Event.clockMoved(
            from: Timestamp(seconds: 70), to: Timestamp(seconds: 10))
        history.add(moved, at: 10)
        history.acknowledged(trigger, .succeeded, next: (2, 120))
        history.seal(through: 10)
        history.add(.frontier, at: 20)
        history.seal(through: 20)
        history.triggered(job, tick: 2, due: 120, at: 120)
        #expect(history.verdicts == [])
    }
}
