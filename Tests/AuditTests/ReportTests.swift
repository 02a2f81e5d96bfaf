import Audit
import EventLog
import Jobs
import Testing

@Suite("Reporting an audit")
struct ReportTests {
    @Test("totals count jobs, ticks, triggers and outcomes")
    func totals() throws {
        var history = try History.ready()
        let first = try history.created(schedule: "@every 60s")
        history.acknowledged(
            history.triggered(first, at: 60), .failed, code: 500, next: (1, 61))
        let retry = history.triggered(first, at: 61, attempt: 2, cause: .retry)
        history.acknowledged(retry, .succeeded, code: 404, next: (2, 120))
        let second = try history.updated(first, firstDue: 90)
        history.deleted(second)
        let seal = history.seal(through: 61)

        let report = history.audit.report()
        #expect(history.verdicts == [])
        #expect(report.totals.records == 9)
        #expect(report.totals.jobsCreated == 1)
        #expect(report.totals.jobsUpdated == 1)
        #expect(report.totals.jobsDeleted == 1)
        #expect(report.totals.ticks == 1)
        #expect(report.totals.triggers == 2)
        #expect(report.totals.acknowledgements[.failed] == 1)
        #expect(report.totals.acknowledgements[.succeeded] == 1)
        #expect(report.totals.acknowledgements.total == 2)
        #expect(report.totals.ticksConsumedByNotFound == 1)
        #expect(report.jobsLive == 0)
        #expect(report.head == seal)
    }

    @Test(
        "ticks that a missing handler used up are counted, whatever the protocol",
        arguments: [
            (Acknowledgement.Outcome.succeeded, Int32(404), 1), (.succeeded, 5, 1),
            (.succeeded, 0, 0), (.succeeded, 200, 0), (.failed, 404, 0), (.failed, 5, 0),
        ])
    func withoutHandler(outcome: Acknowledgement.Outcome, code: Int32, count: Int) throws {
        var history = try History.ready()
        let job = try history.created(schedule: "@every 60s")
        history.acknowledged(
            history.triggered(job, at: 60), outcome, code: code,
            next: outcome == .failed ? (1, 61) : (2, 120))
        #expect(history.verdicts == [])
        #expect(history.audit.report().totals.ticksConsumedByNotFound == count)
    }

    @Test("findings are listed up to the limit and counted beyond it")
    func findingsLimit() throws {
        var limits = AuditLimits()
        limits.findingsMax = 3
        for (count, listed) in [(3, 3), (4, 3)] {
            var history = try History.ready(limits: limits)
            for _ in 1...count { try history.absent("mail") }
            let report = history.audit.report()
            #expect(report.findings.count == listed)
            #expect(report.findingCounts.total == count)
            #expect(!report.isClean)
        }
    }

    @Test("findings at the end keep to the limit too")
    func findingsLimitAtTheEnd() throws {
        var limits = AuditLimits()
        limits.findingsMax = 1
        var history = try History.ready(limits: limits)
        try history.created("first")
        try history.created("second")
        history.seal(through: 60)
        let report = history.audit.report()
        #expect(report.findings.map(\.job?.name) == ["first"])
        #expect(report.findingCounts[.missed] == 2)
    }

    @Test("possible duplicates are listed up to the limit and counted beyond it")
    func possibleDuplicatesLimit() throws {
        var limits = AuditLimits()
        limits.possibleDuplicatesMax = 1
        var history = try History.ready(limits: limits)
        let job = try history.created()
        var trigger = history.triggered(job, at: 60)
        for _ in 1...2 {
            history.acknowledged(trigger, .undeliverable, next: (1, 60))
            trigger = history.triggered(job, at: 60, cause: .redelivery)
        }
        let report = history.audit.report()
        #expect(report.possibleDuplicates.count == 1)
        #expect(report.possibleDuplicateCounts[.undeliverable] == 2)
    }

    @Test("pending ticks are listed by generation up to the limit and counted beyond it")
    func pendingLimit() throws {
        var limits = AuditLimits()
        limits.pendingTicksMax = 2
        var history = History(limits: limits)
        history.opened(isAfterCleanClose: true)
        for name in ["c", "a", "b"] { try history.created(name) }
        history.seal(through: 60)
        let report = history.audit.report()
        #expect(report.pending.map(\.job.name) == ["c", "a"])
        #expect(report.pendingCounts[.parked] == 3)
    }

    @Test("beyond the limit of timed-out triggers a late answer is accepted")
    func timedOutLimit() throws {
        var limits = AuditLimits()
        limits.timedOutTriggersMax = 2
        var history = try History.ready(limits: limits)
        let policy = FailurePolicy.constant(interval: 0, retriesMax: nil)
        let job = try history.created(policy: policy)
        var triggers: [TriggerID] = []
        for attempt in UInt32(1)...3 {
            triggers.append(
                history.triggered(
                    job, at: 60, attempt: attempt, cause: attempt == 1 ? .schedule : .retry))
            history.acknowledged(triggers[triggers.count - 1], .timedOut, next: (1, 60))
        }
        for trigger in triggers { history.acknowledged(trigger, .late) }
        #expect(history.verdicts == [])
        history.deleted(job)
        #expect(history.verdicts == [])
    }

    @Test("a gap is one finding; what it may have hidden is not reported")
    func gap() throws {
        var history = try History.ready()
        let job = try history.created(schedule: "@every 60s")
        let trigger = history.triggered(job, at: 60)
        history.gap()
        history.acknowledged(trigger, .succeeded, next: (7, 420))
        history.triggered(SequenceNumber(5), at: 60)
        try history.present(receiver: 2)
        history.triggered(job, tick: 7, due: 420, at: 420)
        #expect(
            history.verdicts == [
                "unexplained #4 #6: Between records 4 and 6 others are missing."
            ])
    }

    @Test("a record that stands behind a later one is not judged")
    func outOfOrder() throws {
        var history = try History.ready()
        var audit = history.audit
        audit.add(history.records[0])
        #expect(
            audit.report().findings.map(\.explanation) == [
                "Record 1 stands behind record 2; it was not judged."
            ])
        try history.created()
        audit.add(history.records[2])
        #expect(audit.report().findingCounts.total == 1)
    }

    @Test("a seal closes exactly the records since the seal before")
    func seals() throws {
        var history = try History.ready()
        let seal = history.seal(through: 0)
        #expect(history.verdicts == [])
        var audit = history.audit
        audit.add(seal)
        #expect(
            audit.report().findings.map(\.explanation) == [
                "The seal of records 1 to 2 does not close what came since the seal before."
            ])
    }
}
