import EventLog
import Jobs
import Scheduler
import Testing

/// The story of a job "a" of shop and one "b" of bank, both failing now and then.
private struct Story {
    static let words = "no such table: orders"
    static let text = ErrorText(words.utf8, salt: (1, 2))
    let log: ToldLog

    init(withTexts: Bool = true) throws {
        log = try ToldLog(
            [
                Self.created("a", of: "shop"), Self.created("b", of: "bank"),
                Self.triggered(1, after: 1, tick: 1, attempt: 1),
                Self.answered(1, by: 3, .failed, code: 500, next: 1, error: Self.text?.digest),
                Self.triggered(1, after: 4, tick: 1, attempt: 2),
                Self.answered(1, by: 5, .failed, code: 500, next: 2),
                Self.triggered(2, after: 2, tick: 1, attempt: 1),
                Self.answered(2, by: 7, .succeeded, code: 404, next: 2),
                Self.triggered(1, after: 6, tick: 2, attempt: 1),
                Self.answered(1, by: 9, .abandoned, next: 2),
                Self.triggered(1, after: 10, tick: 2, attempt: 1),
                Self.answered(1, by: 11, .succeeded, code: 200, next: 3),
                Self.triggered(2, after: 8, tick: 2, attempt: 1),
                // Of a job that was deleted meanwhile: nothing is given up.
                .deleted(
                    Deletion(
                        generation: SequenceNumber(2), previous: SequenceNumber(13),
                        reason: .requested(caller))),
                Self.answered(2, by: 13, .timedOut, previous: 14),
                Self.triggered(1, after: 12, tick: 3, attempt: 1),
                Self.answered(1, by: 16, .dropped, code: 200),
            ], payloads: withTexts ? [4: Self.text?.stored ?? []] : [:])
    }

    private static func created(_ name: String, of app: String) throws -> Event {
        let start = Timestamp(seconds: 1)
        return .created(
            Definition(
                id: try JobID(namespace: "default", target: .app(app), name: name),
                schedule: "@daily", dueTime: nil, ttl: nil, repeats: nil, failurePolicy: .drop,
                anchor: start, firstDue: start, expiry: nil, payload: nil, caller: caller))
    }

    private static func triggered(
        _ generation: UInt64, after previous: UInt64, tick: UInt64, attempt: UInt32
    ) -> Event {
        .triggered(
            Trigger(
                generation: SequenceNumber(generation), previous: SequenceNumber(previous),
                tick: tick, due: Timestamp(seconds: 1), attempt: attempt, cause: .schedule,
                receiver: ReceiverID(1), heldBy: nil))
    }

    private static func answered(
        _ generation: UInt64, by trigger: UInt64, _ outcome: Acknowledgement.Outcome,
        code: Int32 = 0, next: UInt64? = nil, previous: UInt64? = nil, error: ErrorDigest? = nil
    ) -> Event {
        .acknowledged(
            Acknowledgement(
                generation: SequenceNumber(generation),
                previous: SequenceNumber(previous ?? trigger),
                trigger: TriggerID(SequenceNumber(trigger)), outcome: outcome, code: code,
                next: next.map { Acknowledgement.Next(tick: $0, at: Timestamp(seconds: 2)) },
                error: error))
    }

    func outcomes(
        _ kind: OutcomeRequest.Kind, of app: String? = nil, prefix: String = "",
        before: UInt64? = nil, limit: Int = 100, budget: Int = 1_000
    ) throws -> OutcomePage {
        let jobs =
            try app.map {
                try JobPrefix(namespace: "default", target: .app($0), prefix: prefix)
            } ?? .everything
        let request = OutcomeRequest(
            kind, of: [jobs], before: before.map { SequenceNumber($0) }, limit: limit)
        var scan = OutcomeScan(request, head: log.head, budget: budget)
        while !scan.isDone { try scan.step(on: log.reader) }
        return try scan.answer.get()
    }

    func records(_ kind: OutcomeRequest.Kind, of app: String? = nil, prefix: String = "") throws
        -> [UInt64]
    {
        try outcomes(kind, of: app, prefix: prefix).outcomes.map(\.outcome.record.rawValue)
    }
}

@Suite("Searching a log for outcomes")
struct OutcomeScanTests {
    @Test("those of a kind, newest first, of the jobs that are asked for")
    func kinds() throws {
        let story = try Story()
        #expect(try story.records(.givenUp) == [17, 6])
        #expect(try story.records(.failed) == [17, 15, 6, 4])
        #expect(try story.records(.notFound) == [8])
        #expect(try story.records(.failed, of: "shop") == [17, 6, 4])
        #expect(try story.records(.failed, of: "bank") == [15])
        #expect(try story.records(.givenUp, of: "bank") == [])
        #expect(try story.records(.failed, of: "shop", prefix: "b") == [])
    }

    @Test("each says which trigger it is of, and what the app said")
    func told() throws {
        let found = try Story().outcomes(.failed, of: "shop").outcomes
        #expect(found.map(\.id.name) == ["a", "a", "a"])
        #expect(found.map(\.outcome.trigger.attempt) == [1, 2, 1])
        #expect(found.map(\.outcome.isGivenUp) == [true, true, false])
        #expect(found.map(\.outcome.error) == [nil, nil, Story.words])
    }

    @Test("words that were erased are simply not there")
    func erased() throws {
        let found = try Story(withTexts: false).outcomes(.failed).outcomes
        #expect(found.count == 4 && found.allSatisfy { $0.outcome.error == nil })
    }

    @Test(
        "parts of any size join to the whole, with any budget", arguments: [1, 2, 3], [1, 4, 99])
    func parts(limit: Int, budget: Int) throws {
        let story = try Story()
        var (joined, before): ([UInt64], UInt64?) = ([], nil)
        repeat {
            let part = try story.outcomes(.failed, before: before, limit: limit, budget: budget)
            #expect(part.outcomes.count <= limit)
            joined += part.outcomes.map(\.outcome.record.rawValue)
            before = part.before?.rawValue
        } while before != nil
        #expect(joined == [17, 15, 6, 4])
    }

    @Test(
        "the last outcome of a job, and what was said at the first failure of those in a row",
        arguments: [
            (1, nil, nil), (3, nil, nil), (4, 4, Story.words), (5, 4, Story.words),
            (6, 6, Story.words), (9, 6, Story.words), (10, 10, nil), (12, 12, nil), (16, 12, nil),
            (17, 17, nil),
        ] as [(UInt64, UInt64?, String?)])
    func last(event: UInt64, record: UInt64?, words: String?) throws {
        let story = try Story()
        let last = try JobArchive.lastOutcome(upTo: SequenceNumber(event), in: story.log.reader)
        #expect(last?.record.rawValue == record)
        #expect(last?.error == words)
    }

    @Test("a text that is not the recorded one is damage")
    func damaged() throws {
        let other = try #require(ErrorText("something else".utf8, salt: (1, 2)))
        let log = try ToldLog(
            [.frontier], payloads: [1: other.stored])
        let answer = Acknowledgement(
            generation: SequenceNumber(1), previous: SequenceNumber(1),
            trigger: TriggerID(SequenceNumber(1)), outcome: .failed, code: 500, next: nil,
            error: Story.text?.digest)
        #expect(throws: SchedulerError.self) {
            try JobArchive.error(of: answer, at: SequenceNumber(1), in: log.reader)
        }
    }
}
