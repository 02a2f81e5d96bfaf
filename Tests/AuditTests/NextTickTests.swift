import Audit
import EventLog
import Jobs
import Testing

@Suite("Explaining which tick comes next, and what an answer was")
struct NextTickTests {
    private func explain(_ history: History, at instant: Timestamp) throws -> Explanation {
        let id = try JobID(namespace: "default", target: .app("shop"), name: "report")
        var inquiry = Inquiry(of: id, at: instant)
        for record in history.records { inquiry.add(record) }
        return inquiry.explanation()
    }

    @Test(
        "the next tick is the one that the job's own rule has, not that of its schedule alone",
        arguments: [
            // Counted from its first tick, not from the instant.
            ("@every 60s", 90, nil, nil, "1970-01-01T00:02:30Z"),
            ("@every 60s", 90, UInt32(2), nil, "1970-01-01T00:02:30Z"),
            ("@every 60s", 90, UInt32(1), nil, "none"),
            ("@every 60s", 90, nil, Int64(150), "1970-01-01T00:02:30Z"),
            ("@every 60s", 90, nil, Int64(149), "none"),
            // Its due time is its first tick, whatever the schedule says.
            ("0 0 * * * *", 90, nil, nil, "1970-01-01T01:00:00Z"),
            ("0 0 * * * *", 1_000, nil, nil, "1970-01-01T00:16:40Z"),
            ("0 0 * * * *", 90, UInt32(1), nil, "none"),
        ])
    func next(
        schedule: String, first: Int64, repeats: UInt32?, expiry: Int64?, next: String
    ) throws {
        var history = try History.ready()
        try history.created(
            schedule: schedule, firstDue: first, repeats: repeats, expiry: expiry)
        history.add(.frontier, at: 110)
        let explanation = try explain(history, at: Timestamp(seconds: 120))
        #expect(explanation.reason == .notScheduled)
        #expect(
            explanation.text.contains("the next after it by the schedule: \(next)."),
            "\(explanation.text)")
    }

    @Test("it is counted on from the last tick in the log") func countedOn() throws {
        var history = try History.ready()
        let job = try history.created(schedule: "@every 60s", repeats: 3)
        history.acknowledged(history.triggered(job, at: 60), .succeeded, next: (2, 130))
        let explanation = try explain(history, at: Timestamp(seconds: 150))
        #expect(explanation.text.contains("by the schedule: 1970-01-01T00:03:10Z."))
    }

    @Test("one of years ahead is found without a step for each before it") func farAhead() throws {
        var history = try History.ready()
        try history.created(schedule: "@every 1s", firstDue: 60)
        let instant = Timestamp(seconds: 2_000_000_000).clampedAdding(nanoseconds: 1)
        let explanation = try explain(history, at: instant)
        #expect(explanation.text.contains("2033-05-18T03:33:21Z"), "\(explanation.text)")
    }

    @Test("what the app dropped is told so, and so is what it has no handler for") func words()
        throws
    {
        var history = try History.ready()
        let job = try history.created(schedule: "@every 60s")
        history.acknowledged(history.triggered(job, at: 60), .dropped, code: 200, next: (2, 120))
        history.acknowledged(
            history.triggered(job, tick: 2, due: 120, at: 120), .succeeded, code: 404,
            next: (3, 180))
        let dropped = try explain(history, at: Timestamp(seconds: 60)).text
        #expect(
            dropped.contains(
                "After one delivery it was given up: the app said DROPPED with code 200 (#5)."))
        let id = try JobID(namespace: "default", target: .app("shop"), name: "report")
        var lines = JobHistory(of: id)
        let texts = history.records.compactMap { lines.line(for: $0)?.text }
        #expect(texts[2].contains("#4 was dropped: the app said DROPPED (200); next"), "\(texts)")
        #expect(
            texts[4].contains("#6 was used up: the app has no handler for the job (404); next"),
            "\(texts)")
    }
}
