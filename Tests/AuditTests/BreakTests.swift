import Audit
import EventLog
import Jobs
import Testing

@Suite("Auditing connections that break")
struct BreakTests {
    typealias Outcome = Acknowledgement.Outcome

    private static let policy = FailurePolicy.constant(interval: 0, retriesMax: nil)

    /// A tick whose connection broke `count` times in a row, with the next delivery in flight.
    /// Breaks up to `free` used no attempt.
    private func broken(_ count: Int, free: Int = 2) throws -> (History, TriggerID) {
        var history = try History.ready()
        let job = try history.created(schedule: "@every 60s", policy: Self.policy)
        var trigger = history.triggered(job, at: 60)
        for number in 0..<count {
            let isFree = number < free
            history.acknowledged(
                trigger, isFree ? .abandoned : .failed, code: 0, isBreak: true, next: (1, 60))
            trigger = history.triggered(
                job, at: 60, attempt: UInt32(1 + max(0, number + 1 - free)),
                cause: isFree ? .redelivery : .retry)
        }
        return (history, trigger)
    }

    @Test("two in a row use no attempt, the third and every later one does", arguments: 0...5)
    func counted(count: Int) throws {
        let (history, _) = try broken(count)
        #expect(history.verdicts == [])
        let report = history.audit.report()
        #expect(report.possibleDuplicateCounts[.broken] == count)
    }

    @Test("one that should have counted is found") func tooFew() throws {
        let (history, _) = try broken(3, free: 3)
        #expect(
            history.verdicts == [
                "unexplained #8 #9: Its connection broke, 3 times in a row. That was not taken for"
                    + " a failed attempt; it is one from the third on."
            ])
    }

    @Test("one that counted too early is found") func tooMany() throws {
        let (history, _) = try broken(2, free: 1)
        #expect(
            history.verdicts == [
                "unexplained #6 #7: Its connection broke, 2 times in a row. That was taken for a"
                    + " failed attempt; it is one from the third on."
            ])
    }

    @Test("an answer and a time-out end the row", arguments: [.failed, .timedOut] as [Outcome])
    func ended(outcome: Outcome) throws {
        var (history, trigger) = try broken(2)
        let job = SequenceNumber(3)
        history.acknowledged(trigger, outcome, code: outcome == .failed ? 500 : 0, next: (1, 60))
        for _ in 1...2 {
            let again = history.triggered(
                job, at: 60, attempt: 2,
                cause: trigger.sequence.rawValue < 10 ? .retry : .redelivery)
            history.acknowledged(again, .abandoned, code: 0, isBreak: true, next: (1, 60))
            trigger = again
        }
        #expect(history.verdicts == [])
    }

    @Test(
        "what was lost otherwise does not end it",
        arguments: [.abandoned, .undeliverable] as [Outcome])
    func lost(outcome: Outcome) throws {
        var (history, trigger) = try broken(2)
        history.acknowledged(trigger, outcome, code: 0, next: (1, 60))
        let again = history.triggered(SequenceNumber(3), at: 60, cause: .redelivery)
        history.acknowledged(again, .failed, code: 0, isBreak: true, next: (1, 60))
        #expect(history.verdicts == [])
    }

    @Test("a dead process reports no break of a connection") func dead() throws {
        var (history, trigger) = try broken(0)
        history.opened(isAfterCleanClose: false, at: 70)
        history.acknowledged(trigger, .abandoned, code: 0, isBreak: true, next: (1, 60))
        #expect(history.audit.report().findingCounts[.unexplained] == 1)
    }

    /// A waiting suspect, with another job's trigger in flight on receiver 1.
    private func besides(at time: Int64, receiver: UInt32 = 1, setBack: Bool = false) throws
        -> [String]
    {
        var history = try History.ready()
        let slow = try history.created("slow", firstDue: 60)
        let job = try history.created(policy: Self.policy)
        history.triggered(slow, at: 60)
        var trigger = history.triggered(job, at: 60)
        for number in 1...2 {
            history.acknowledged(trigger, .abandoned, code: 0, isBreak: true, next: (1, 60), at: 70)
            if number == 2 { break }
            trigger = history.triggered(job, at: 70, cause: .redelivery)
        }
        if setBack { history.add(.frontier, at: 65) }
        history.triggered(job, at: time, cause: .redelivery, receiver: receiver)
        return history.verdicts
    }

    @Test("a suspect that is sent beside others too soon is found") func isolation() throws {
        #expect(
            try besides(at: 98) == [
                "unexplained #9 #10: Its connection broke twice in a row or more; it was to be sent"
                    + " alone, and was sent beside 1 others."
            ])
        #expect(try besides(at: 100) == [])
        #expect(try besides(at: 71, receiver: 2) == [])
        #expect(try besides(at: 80, setBack: true) == [])
    }

    @Test("what waits for a suspect to be answered is not held against the writer") func waiting()
        throws
    {
        var (history, trigger) = try broken(2)
        let other = try history.created("other", firstDue: 61)
        history.seal(through: 60)
        history.add(.frontier, at: 80)
        history.seal(through: 80)
        history.acknowledged(trigger, .succeeded, next: (2, 120), at: 81)
        history.triggered(other, due: 61, at: 81, heldBy: .windowFull)
        #expect(history.verdicts == [])
    }
}
