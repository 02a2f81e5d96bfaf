import Audit
import EventLog
import EventText
import Jobs
import TestSupport
import Testing

@Suite("Explaining why a job ran, or did not")
struct ExplanationTests {
    private func explain(
        _ history: History, at instant: Int64, isNext: Bool = false, _ name: String = "report"
    ) throws -> Explanation {
        let id = try JobID(namespace: "default", target: .app("shop"), name: name)
        var inquiry = Inquiry(of: id, at: Timestamp(seconds: instant), isNext: isNext)
        for record in history.records { inquiry.add(record) }
        return inquiry.explanation()
    }

    private func expect(
        _ explanation: Explanation, _ reason: Explanation.Reason, _ sequences: [UInt64],
        _ parts: String..., sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(explanation.reason == reason, sourceLocation: sourceLocation)
        #expect(
            explanation.sequences == sequences.map { SequenceNumber($0) },
            sourceLocation: sourceLocation)
        for part in parts {
            #expect(
                explanation.text.contains(part), "\(explanation.text)",
                sourceLocation: sourceLocation)
        }
    }

    /// A job every minute, record 3, whose first tick ran on time: records 4 and 5.
    private func ran(policy: FailurePolicy = .standard) throws -> (History, SequenceNumber) {
        var history = try History.ready()
        let job = try history.created(schedule: "@every 60s", policy: policy)
        history.acknowledged(history.triggered(job, at: 60), .succeeded, next: (2, 120))
        return (history, job)
    }

    @Test("on time")
    func onTime() throws {
        let (history, _) = try ran()
        expect(
            try explain(history, at: 60), .onTime, [3, 4, 5],
            "Tick 1 of generation 3 was due at 1970-01-01T00:01:00Z (#3).",
            "It was triggered on time, at 1970-01-01T00:01:00Z (#4).",
            "It succeeded with code 200 (#5).")
        #expect(try explain(history, at: 30, isNext: true) == explain(history, at: 60))
    }

    @Test("on time, but the app had no handler")
    func withoutHandler() throws {
        var history = try History.ready()
        let job = try history.created(schedule: "@every 60s")
        history.acknowledged(
            history.triggered(job, at: 60), .succeeded, code: 404, next: (2, 120))
        expect(try explain(history, at: 60), .onTime, [3, 4, 5], "no handler")
    }

    @Test("never accepted, not yet, or no longer")
    func noJob() throws {
        var (history, job) = try ran()
        expect(try explain(history, at: 60, "other"), .neverAccepted, [])
        history.deleted(job, at: 90)
        let again = try history.created(at: 200)
        expect(
            try explain(history, at: 150), .hadEnded, [3, 6, again.rawValue],
            "It was deleted by shop over HTTP from 127.0.0.1:1 (#6).", "accepted only at")

        history = try History.ready()
        try history.created(firstDue: 300, at: 200)
        expect(try explain(history, at: 100), .notYetAccepted, [3], "accepted only at")
    }

    @Test("not scheduled at that instant")
    func notScheduled() throws {
        var (history, job) = try ran()
        history.triggered(job, tick: 2, due: 120, at: 120)
        expect(
            try explain(history, at: 90), .notScheduled, [3], "the schedule \"@every 60s\"",
            "No tick is due then")

        var single = try History.ready()
        try single.created(firstDue: 60)
        expect(
            try explain(single, at: 90), .notScheduled, [3],
            "Its only tick is due 1970-01-01T00:01:00Z")
    }

    @Test("a local time that the clocks left out")
    func leftOut() throws {
        // At 01:00 UTC of 10 January 1970 an hour is skipped.
        let change = Int64(9 * 86_400 + 3_600)
        var history = try History.ready()
        history.add(
            .zoneRules(ZoneRules("Test/City", footer: "AAA0BBB-1,J10/1,J300/1")))
        try history.created(
            schedule: "CRON_TZ=Test/City 0 30 1 * * *", firstDue: 5_400)
        expect(
            try explain(history, at: change + 1_800), .leftOutByClocks, [4],
            "1970-01-10T01:00:00Z")
        expect(try explain(history, at: change + 1_801), .notScheduled, [4])
        expect(try explain(history, at: change - 1_800), .notScheduled, [4])
    }

    @Test("after the end of its ttl")
    func afterExpiry() throws {
        var history = try History.ready()
        try history.created(schedule: "@every 60s", expiry: 100)
        history.add(.frontier, at: 110)
        expect(
            try explain(history, at: 120), .afterExpiry, [3], "after 1970-01-01T00:01:40Z")
    }

    @Test("moved by new rules of its zone")
    func moved() throws {
        var history = try History.ready()
        history.add(.zoneRules(ZoneRules("Test/City", footer: "AAA0")))
        let job = try history.created(schedule: "CRON_TZ=Test/City 0 * * * * *")
        history.opened(isAfterCleanClose: false, at: 20)
        history.add(.zoneRules(ZoneRules("Test/City", footer: "AAA-0:00:10")))
        history.rescheduled(job, from: 60, to: 50)
        expect(
            try explain(history, at: 60), .movedByRules, [4, 7],
            "moved to 1970-01-01T00:00:50Z")
        expect(try explain(history, at: 50), .notYetDue, [7])
    }

    @Test("behind a tick that was not over, until the job was replaced or deleted")
    func behind() throws {
        var (history, job) = try ran()
        history.triggered(job, tick: 2, due: 120, at: 120)
        history.add(.frontier, at: 200)
        expect(
            try explain(history, at: 180), .behindAnother, [3, 5, 6], "stood behind tick 2")
        expect(try explain(history, at: 240), .notYetDue, [3, 7], "the log ends at")
        var deleted = history
        try history.updated(job, firstDue: 300)
        expect(
            try explain(history, at: 180), .replaced, [3, 5, 6, 8], "the job was replaced (#8)")
        deleted.deleted(job)
        expect(try explain(deleted, at: 180), .deleted, [3, 5, 6, 8])
    }

    @Test("parked: its app is not there")
    func parked() throws {
        var history = try History.ready()
        try history.created()
        try history.absent(at: 10)
        history.add(.frontier, at: 70)
        expect(
            try explain(history, at: 60), .parked, [3, 4], "has not been there since")
    }

    @Test("not decided, not come due, or without a scheduler")
    func waiting() throws {
        var history = try History.ready()
        try history.created()
        var closed = history
        expect(try explain(history, at: 60), .notYetDue, [3])
        history.add(.frontier, at: 60)
        expect(try explain(history, at: 60), .undecided, [3, 4])
        closed.add(.closed)
        expect(try explain(closed, at: 60), .writerDown, [3], "no scheduler has run since")
    }

    /// The words for each hold, as in all texts, after the article.
    private func said(_ hold: Trigger.Hold) -> String {
        hold.words.split(separator: " ").dropFirst().joined(separator: " ")
    }

    @Test("late, for each reason that the events give")
    func late() throws {
        var down = try History.ready()
        var job = try down.created()
        down.opened(isAfterCleanClose: false, at: 100)
        try down.present(at: 110)
        down.acknowledged(down.triggered(job, at: 110, heldBy: .downtime), .succeeded)
        expect(
            try explain(down, at: 60), .late, [3, 4, 5, 6, 7],
            "50s after that (#6)",
            "No \(said(.downtime)) from 1970-01-01T00:00:00Z to"
                + " 1970-01-01T00:01:40Z (#3, #4).", "Its \(said(.receiverAbsent)) from")

        var (slow, slowJob) = try ran()
        let second = slow.triggered(slowJob, tick: 2, due: 120, at: 120)
        slow.acknowledged(second, .succeeded, next: (3, 180), at: 200)
        slow.acknowledged(
            slow.triggered(slowJob, tick: 3, due: 180, at: 200), .succeeded, next: (4, 240))
        expect(
            try explain(slow, at: 180), .late, [7, 8, 9], "The \(said(.predecessor)) until")

        var busy = try History.ready()
        job = try busy.created()
        busy.triggered(job, at: 90, heldBy: .windowFull)
        expect(try explain(busy, at: 60), .inFlight, [3, 4], "Its \(said(.windowFull))")

        var limited = try History.ready()
        job = try limited.created()
        limited.triggered(job, at: 90, heldBy: .gate)
        expect(try explain(limited, at: 60), .inFlight, [3, 4], "A \(said(.gate))")

        var past = try History.ready()
        job = try past.created(at: 90)
        past.acknowledged(past.triggered(job, at: 90), .succeeded)
        expect(try explain(past, at: 60), .late, [3, 4, 5], "accepted only at")

        var writer = try History.ready()
        job = try writer.created()
        writer.acknowledged(writer.triggered(job, at: 90), .succeeded)
        expect(try explain(writer, at: 60), .late, [3, 4, 5], "the scheduler was slow")
    }

    @Test("sent twice, and why; given up after so many deliveries")
    func again() throws {
        var history = try History.ready()
        let policy = FailurePolicy.constant(interval: 1_000_000_000, retriesMax: 1)
        let job = try history.created(schedule: "@every 60s", policy: policy)
        history.acknowledged(history.triggered(job, at: 60), .failed, code: 500, next: (1, 61))
        let retry = history.triggered(job, at: 61, attempt: 2, cause: .retry)
        var givenUp = history
        history.acknowledged(retry, .succeeded, next: (2, 120))
        expect(
            try explain(history, at: 60), .sentAgain, [3, 4, 5, 6, 7],
            "sent again at 1970-01-01T00:01:01Z (#6)", "failed with code 500 (#5)")
        givenUp.acknowledged(retry, .failed, code: 503, next: (2, 120))
        expect(
            try explain(givenUp, at: 60), .givenUp, [3, 4, 5, 6, 7],
            "After 2 deliveries it was given up: the last failed with code 503 (#7)")
    }

    @Test("a late answer to a delivery that timed out changes nothing")
    func lateAnswer() throws {
        var history = try History.ready()
        let job = try history.created()
        let first = history.triggered(job, at: 60)
        history.acknowledged(first, .timedOut, code: 0, next: (1, 61))
        history.acknowledged(first, .late)
        let retry = history.triggered(job, at: 61, attempt: 2, cause: .retry)
        history.acknowledged(retry, .succeeded)
        expect(
            try explain(history, at: 60), .sentAgain, [3, 4, 5, 7, 8],
            "had no answer in time (#5)", "It succeeded with code 200 (#8)")
    }

    @Test("deleted or replaced before it was triggered, or before it was answered")
    func ended() throws {
        var history = try History.ready()
        let job = try history.created()
        try history.absent(at: 10)
        var replaced = history
        history.deleted(job, at: 100)
        expect(
            try explain(history, at: 60), .deleted, [3, 4, 5], "its job was deleted by shop",
            "has not been there since")
        replaced.add(.frontier, at: 100)
        try replaced.updated(job, firstDue: 300)
        expect(try explain(replaced, at: 60), .replaced, [3, 4, 6])

        var (inFlight, running) = try ran()
        inFlight.triggered(running, tick: 2, due: 120, at: 120)
        inFlight.deleted(running, at: 130)
        expect(try explain(inFlight, at: 120), .onTime, [5, 6, 7], "Before an answer counted")
    }

    @Test("skipped by policy")
    func skipped() throws {
        var history = try History.ready()
        let job = try history.created(schedule: "@every 60s")
        history.skipped(job, 1...2, next: (3, 180))
        expect(try explain(history, at: 60), .skipped, [3, 4], "skipped by policy (#4)")
    }
}
