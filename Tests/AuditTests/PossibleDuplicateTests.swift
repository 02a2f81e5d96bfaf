import Audit
import EventLog
import Jobs
import Testing

@Suite("Which ticks may have been seen twice")
struct PossibleDuplicateTests {
    typealias Cause = PossibleDuplicate.Cause

    /// A tick triggered twice, with the outcomes `first` and `again`.
    private func twice(
        _ first: (Acknowledgement.Outcome, code: Int32), _ again: (Acknowledgement.Outcome, Int32)?
    ) throws -> AuditReport {
        var history = try History.ready()
        let policy = FailurePolicy.constant(interval: 0, retriesMax: 1)
        let job = try history.created(schedule: "@every 60s", policy: policy)
        let trigger = history.triggered(job, at: 60)
        history.acknowledged(trigger, first.0, code: first.code, next: (1, 60))
        let isFailure = first.0 == .failed || first.0 == .timedOut
        let second = history.triggered(
            job, at: 60, attempt: isFailure ? 2 : 1, cause: isFailure ? .retry : .redelivery)
        if let again {
            history.acknowledged(second, again.0, code: again.1, next: (2, 120))
        }
        #expect(history.verdicts == [])
        let report = history.audit.report()
        #expect(report.possibleDuplicates.map(\.first) == [trigger])
        #expect(report.possibleDuplicates.map(\.again) == [second])
        #expect(report.possibleDuplicates.map(\.isAllowed) == [true])
        return report
    }

    @Test(
        "the cause is what came of the delivery before",
        arguments: [
            (.failed, 500, .failed), (.failed, 14, .failed), (.failed, 0, .sidecarFailed),
            (.timedOut, 0, .timedOut), (.undeliverable, 0, .undeliverable),
            (.abandoned, 0, .abandoned),
        ] as [(Acknowledgement.Outcome, Int32, Cause)])
    func cause(outcome: Acknowledgement.Outcome, code: Int32, cause: Cause) throws {
        let report = try twice((outcome, code), nil)
        #expect(report.possibleDuplicates.map(\.cause) == [cause])
        #expect(report.possibleDuplicateCounts[cause] == 1)
        #expect(report.possibleDuplicateCounts.total == 1)
    }

    @Test(
        "the app surely saw both only where it answered both",
        arguments: [
            (.failed, 500, .succeeded, 200, true), (.failed, 500, .succeeded, 0, true),
            (.failed, 500, .failed, 503, true), (.failed, 500, .dropped, 200, true),
            (.failed, 500, .failed, 0, false), (.failed, 500, .timedOut, 0, false),
            (.failed, 99, .succeeded, 200, false), (.failed, 100, .succeeded, 200, true),
            (.timedOut, 0, .succeeded, 200, false), (.abandoned, 0, .succeeded, 200, false),
        ] as [(Acknowledgement.Outcome, Int32, Acknowledgement.Outcome, Int32, Bool)])
    func isSure(
        first: Acknowledgement.Outcome, code: Int32, again: Acknowledgement.Outcome,
        codeAgain: Int32, isSure: Bool
    ) throws {
        let report = try twice((first, code), (again, codeAgain))
        #expect(report.possibleDuplicates.map(\.isSure) == [isSure])
        #expect(report.sureDuplicateCount == (isSure ? 1 : 0))
    }

    @Test("a tick answered once is surely seen again, whatever happened to the delivery between")
    func answeredBefore() throws {
        var history = try History.ready()
        let job = try history.created()
        history.acknowledged(history.triggered(job, at: 60), .failed, code: 500, next: (1, 61))
        let lost = history.triggered(job, at: 61, attempt: 2, cause: .retry)
        history.acknowledged(lost, .abandoned, next: (1, 61))
        let last = history.triggered(job, at: 61, attempt: 2, cause: .redelivery)
        history.acknowledged(last, .succeeded)
        let report = history.audit.report()
        #expect(report.possibleDuplicates.map(\.isSure) == [false, true])
    }

    @Test("a delivery that nothing asked for is not allowed, and listed too")
    func forbidden() throws {
        var history = try History.ready()
        let job = try history.created(schedule: "@every 60s")
        let first = history.triggered(job, at: 60)
        history.triggered(job, at: 61)
        let report = history.audit.report()
        #expect(report.findingCounts[.duplicate] == 1)
        #expect(report.possibleDuplicates.map(\.first) == [first])
        #expect(report.possibleDuplicates.map(\.cause) == [.unexplained])
        #expect(report.possibleDuplicates.map(\.isAllowed) == [false])

        history = try History.ready()
        let other = try history.created(schedule: "@every 60s")
        history.acknowledged(history.triggered(other, at: 60), .succeeded, next: (2, 120))
        history.triggered(other, at: 61)
        #expect(history.audit.report().possibleDuplicates.map(\.first) == [nil])
        #expect(history.audit.report().possibleDuplicates.map(\.isAllowed) == [false])
    }

    @Test("another tick in place of the one that waits is no duplicate")
    func laterTick() throws {
        var history = try History.ready()
        let job = try history.created(schedule: "@every 60s")
        history.triggered(job, tick: 3, due: 180, at: 180)
        #expect(history.audit.report().possibleDuplicateCounts.total == 0)
    }
}
