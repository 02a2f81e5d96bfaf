import EventLog
import JobState
import Jobs
import SchedulerCore
import Testing

@Suite("What an app said of a failure")
struct ErrorKeepingTests {
    /// Answers every trigger in turn, a second apart, and returns what was kept of each answer.
    private func kept(
        _ job: String, _ answers: [(Answer.Outcome, String)], space: Space = .ample
    ) throws -> [String?] {
        var scenario = try Scenario(
            "00:00:00 receiver w1 app=shop", "00:00:00 create shop/a \(job)", "00:00:01 tick")
        var time = try #require(ScriptTime.parse("00:00:01"))
        var kept: [String?] = []
        try scenario.step([.space(space)], at: time)
        for (outcome, words) in answers {
            let trigger = try #require(scenario.machine.projection.inFlight.first?.key)
            let error = ErrorText(words.utf8, salt: (1, 2))
            try scenario.step(
                [.answer(Answer(trigger: trigger, outcome: outcome, error: error))], at: time)
            let record = try #require(scenario.effects.events.first)
            guard case .acknowledged(let answer) = record.event else {
                Issue.record("no acknowledgement but \(record)")
                return kept
            }
            let stored = scenario.effects.payloads
            #expect(stored.map(\.generation) == (answer.error == nil ? [] : [record.sequence]))
            #expect(stored.first.map { ErrorDigest(of: $0.bytes) } == answer.error)
            kept.append(stored.first.flatMap { ErrorText(stored: $0.bytes)?.text })
            time = time.clampedAdding(nanoseconds: 1_000_000_000)
            try scenario.step([.space(.ample)], at: time)
            try scenario.step([.space(space)], at: time)
        }
        return kept
    }

    private static let retrying = "every=1s retry=1s×2"

    @Test("is kept of the first failure in a row, and of one that gives the tick up")
    func firstAndLast() throws {
        let answers: [(Answer.Outcome, String)] = [
            (.failed, "1"), (.failed, "2"), (.failed, "3"), (.failed, "4"), (.failed, "5"),
            (.succeeded, ""), (.failed, "7"), (.dropped, "8"), (.succeeded, ""), (.dropped, "10"),
        ]
        #expect(
            try kept(Self.retrying, answers)
                == ["1", nil, "3", nil, nil, nil, "7", "8", nil, "10"])
    }

    @Test("an answer that is none does not end the row, and nothing is kept of it")
    func betweenBreaks() throws {
        let answers: [(Answer.Outcome, String)] = [
            (.failed, "1"), (.broken, "2"), (.failed, "3"), (.timedOut, "4"),
        ]
        #expect(try kept("every=1s retry=1s×9", answers) == ["1", nil, nil, nil])
    }

    @Test("after a failure without words the next is not the first")
    func silent() throws {
        let answers: [(Answer.Outcome, String)] = [
            (.failed, ""), (.failed, "2"), (.failed, "3"), (.succeeded, ""), (.failed, "5"),
        ]
        #expect(try kept(Self.retrying, answers) == [nil, nil, "3", nil, "5"])
    }

    @Test("is not kept when the disk has room for answers only")
    func critical() throws {
        #expect(try kept(Self.retrying, [(.failed, "1")], space: .critical) == [nil])
        #expect(try kept(Self.retrying, [(.failed, "1")], space: .low) == ["1"])
    }
}
