import Audit
import EventLog
import Jobs
import Testing

@Suite("Listing triggers that came later than allowed")
struct LateMaxTests {
    @Test("triggers later than allowed are listed; those that nothing excuses make a bad report")
    func lateMax() throws {
        for (allowed, isListed) in [(29, true), (30, false)] as [(Int64, Bool)] {
            for isBusy in [true, false] {
                var history = try History.ready(lateMax: allowed)
                let job = try history.created()
                if isBusy {
                    try history.heldByLimit(from: 50, to: 90)
                } else {
                    history.idle(from: 10, to: 90)
                }
                history.run(job, at: 90, heldBy: isBusy ? .gate : nil)
                let report = history.audit.report()
                #expect(report.stories.lateTriggers.count == (isListed ? 1 : 0))
                #expect(report.stories.lateTriggerCount == (isListed ? 1 : 0))
                #expect(report.stories.inexcusableCount == (isListed && !isBusy ? 1 : 0))
                #expect(report.isClean == !(isListed && !isBusy))
                guard let late = report.stories.lateTriggers.first else { continue }
                #expect(late.generation == job)
                #expect(late.at == Timestamp(seconds: 60))
                #expect(late.lateness == .seconds(30))
                #expect(late.cause == (isBusy ? .gate : .writer))
            }
        }
    }

    @Test("late triggers are listed up to the limit and counted beyond it")
    func lateLimit() throws {
        var limits = AuditLimits()
        limits.lateTriggersMax = 2
        for count in [2, 3] {
            var history = try History.ready(limits: limits, lateMax: 0)
            for number in 1...count {
                let job = try history.created("job\(number)")
                history.triggered(job, at: 61)
            }
            let stories = history.audit.report().stories
            #expect(stories.lateTriggers.count == 2)
            #expect(stories.lateTriggerCount == count)
        }
    }
}
