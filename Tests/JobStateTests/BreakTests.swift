import EventLog
import JobState
import Jobs
import Testing

/// The number of broken connections in a row follows from the events alone.
@Suite("Breaks of a tick in a row") struct BreakTests {
    private typealias Answer = (
        outcome: Acknowledgement.Outcome, isBreak: Bool, next: (tick: UInt64, at: Int64)
    )

    private static func tick(after answers: [Answer]) throws -> Tick {
        var history = History(.created(History.definition()))
        for answer in answers {
            let row = try #require(history.projection.row(2))
            guard case .waiting(let cause) = row.tick.phase else { continue }
            let due = row.tick.due.nanoseconds(since: History.at(0)) / 1_000_000_000
            let trigger = history.append(
                History.triggered(
                    2, after: row.previous.rawValue, tick: row.tick.number, due: due,
                    attempt: row.tick.attempt, cause: cause)
            ).rawValue
            history.append(
                History.acknowledged(
                    trigger, of: 2, after: trigger, answer.outcome, isBreak: answer.isBreak,
                    next: answer.next))
        }
        return try #require(history.projection.row(2)).tick
    }

    private static let broken: Answer = (.abandoned, true, (1, 60))

    @Test("each counts, whether it used an attempt or not") func counted() throws {
        #expect(try Self.tick(after: []).breaks == 0)
        let tick = try Self.tick(after: [Self.broken, Self.broken, (.failed, true, (1, 61))])
        #expect(tick.breaks == 3 && tick.attempt == 2)
    }

    @Test("an answer ends the row, and so does a time-out")
    func ended() throws {
        for outcome in [Acknowledgement.Outcome.failed, .timedOut] {
            let ended: Answer = (outcome, false, (1, 61))
            #expect(try Self.tick(after: [Self.broken, ended]).breaks == 0)
            #expect(try Self.tick(after: [Self.broken, ended, Self.broken]).breaks == 1)
        }
    }

    @Test("another tick begins without any") func another() throws {
        let done: Answer = (.succeeded, false, (2, 120))
        #expect(try Self.tick(after: [Self.broken, done]).breaks == 0)
        let givenUp: Answer = (.failed, true, (2, 120))
        #expect(try Self.tick(after: [Self.broken, givenUp]).breaks == 0)
    }

    @Test("what was lost otherwise neither counts nor ends the row") func lost() throws {
        for outcome in [Acknowledgement.Outcome.abandoned, .undeliverable] {
            let lost: Answer = (outcome, false, (1, 60))
            #expect(try Self.tick(after: [Self.broken, lost, Self.broken]).breaks == 2)
        }
    }

    @Test("255 stands for more") func saturating() throws {
        let tick = try Self.tick(after: Array(repeating: Self.broken, count: 300))
        #expect(tick.breaks == 255)
    }
}
