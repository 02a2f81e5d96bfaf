import EventLog
import JobState
import Jobs
import Testing

/// The shortest invalid history for every reason to reject an event.
@Suite("A history that cannot be") struct CorruptHistoryTests {
    /// `event` cannot follow `history`, and the error names its sequence number.
    private func expectRefused(
        _ event: Event, after history: History, at location: SourceLocation = #_sourceLocation
    ) {
        #expect(history.refusal(of: event)?.sequence == history.next, sourceLocation: location)
    }

    /// A job, generation 2, that waits for its first tick.
    private let waiting = History(.created(History.definition()))
    /// The same in flight as trigger 3.
    private let inFlight = History(.created(History.definition()), History.triggered(2, after: 2))
    /// The same with no tick left.
    private let finished = History(
        .created(History.definition()), History.triggered(2, after: 2),
        History.acknowledged(3, of: 2, after: 3, .succeeded))
    /// The same failed once.
    private let retrying = History(
        .created(History.definition()), History.triggered(2, after: 2),
        History.acknowledged(3, of: 2, after: 3, .failed, next: (1, 61)))
    /// Deleted at 4 with trigger 3 in flight.
    private let deleted = History(
        .created(History.definition()), History.triggered(2, after: 2),
        History.deleted(2, after: 3))

    @Test("a gap or a repetition in the sequence numbers", arguments: [0, 1, 3, 4])
    func sequence(_ number: UInt64) {
        let sequence = SequenceNumber(number)
        #expect(History().refusal(of: .frontier, at: sequence)?.sequence == sequence)
    }

    @Test("an event while nobody is the writer") func noWriter() {
        var empty = JobProjection()
        let record = Record(sequence: SequenceNumber(1), time: .earliest, event: .frontier)
        let refusal = #expect(throws: CorruptHistory.self) { try empty.apply(record) }
        #expect(refusal?.sequence == SequenceNumber(1))
        let closed = History(.closed)
        for event in [
            Event.frontier, .closed, .created(History.definition()), History.present(),
        ] {
            expectRefused(event, after: closed)
        }
    }

    @Test("an opening that is wrong about how the last writer ended") func opening() {
        expectRefused(History.opening(isAfterCleanClose: true), after: History())
        expectRefused(History.opening(isAfterCleanClose: false), after: History(.closed))
        var empty = JobProjection()
        let first = History.opening(isAfterCleanClose: false)
        #expect(throws: CorruptHistory.self) {
            try empty.apply(
                Record(sequence: SequenceNumber(1), time: .earliest, event: first))
        }
    }

    @Test("created: under a name that is taken, or with a schedule that cannot be read")
    func created() {
        expectRefused(.created(History.definition()), after: waiting)
        expectRefused(.created(History.definition(schedule: "often")), after: History())
    }

    @Test("updated: no such job, not its last event, nothing left to run") func updated() {
        let event = { Event.updated(History.definition(), previous: SequenceNumber($0)) }
        expectRefused(event(2), after: History())
        expectRefused(event(2), after: inFlight)
        expectRefused(event(4), after: finished)
        expectRefused(
            .updated(History.definition(schedule: "often"), previous: SequenceNumber(2)),
            after: waiting)
    }

    @Test("deleted: no such job, not its last event") func deletedWrongly() {
        expectRefused(History.deleted(2, after: 2), after: History())
        expectRefused(History.deleted(2, after: 4), after: deleted)
        expectRefused(History.deleted(2, after: 2), after: inFlight)
    }

    @Test(
        "deleted as finished with ticks left, or by request with none",
        arguments: [Deletion.Reason.completed, .expired, .givenUp])
    func deletedForNoReason(_ reason: Deletion.Reason) {
        expectRefused(History.deleted(2, after: 2, reason), after: waiting)
        expectRefused(History.deleted(2, after: 3, reason), after: inFlight)
        expectRefused(History.deleted(2, after: 4), after: finished)
    }

    @Test("deletedByPrefix: another number of jobs, or one with nothing left to run")
    func deletedByPrefix() {
        expectRefused(History.deletedByPrefix("a", count: 0), after: waiting)
        expectRefused(History.deletedByPrefix("a", count: 2), after: waiting)
        expectRefused(History.deletedByPrefix("b", count: 1), after: waiting)
        expectRefused(History.deletedByPrefix("a", count: 1), after: finished)
    }

    @Test("rescheduled: no such job, not its last event, not the tick that waits for its first run")
    func rescheduled() {
        expectRefused(History.rescheduled(2, after: 2, to: 90), after: History())
        expectRefused(History.rescheduled(2, after: 1, to: 90), after: waiting)
        expectRefused(History.rescheduled(2, after: 2, tick: 2, to: 90), after: waiting)
        expectRefused(History.rescheduled(2, after: 2, from: 61, to: 90), after: waiting)
        expectRefused(History.rescheduled(2, after: 3, to: 90), after: inFlight)
        expectRefused(History.rescheduled(2, after: 4, to: 90), after: retrying)
        expectRefused(History.rescheduled(2, after: 4, to: 90), after: finished)
    }

    @Test("a receiver that comes twice, or goes without having come") func presence() {
        expectRefused(History.present(2), after: History(History.present(1)))
        expectRefused(History.absent(1), after: History())
        expectRefused(History.absent(1), after: History(History.present(1), History.absent(1)))
    }

    @Test("triggered: no such job, not its last event, not what it waits for") func triggered() {
        expectRefused(History.triggered(2, after: 2), after: History())
        expectRefused(History.triggered(2, after: 1), after: waiting)
        expectRefused(History.triggered(2, after: 2, tick: 2), after: waiting)
        expectRefused(History.triggered(2, after: 2, due: 61), after: waiting)
        expectRefused(History.triggered(2, after: 2, attempt: 2), after: waiting)
        expectRefused(History.triggered(2, after: 2, cause: .retry), after: waiting)
        expectRefused(History.triggered(2, after: 3), after: inFlight)
        expectRefused(History.triggered(2, after: 4), after: finished)
        expectRefused(History.triggered(2, after: 4, attempt: 2), after: retrying)
        expectRefused(History.triggered(2, after: 4, attempt: 1, cause: .retry), after: retrying)
    }

    @Test("acknowledged: not in flight, or for another job, or not its last event")
    func acknowledged() {
        expectRefused(
            History.acknowledged(3, of: 2, after: 2, .succeeded, next: (2, 120)), after: waiting)
        expectRefused(
            History.acknowledged(3, of: 1, after: 3, .succeeded, next: (2, 120)), after: inFlight)
        expectRefused(
            History.acknowledged(3, of: 2, after: 2, .succeeded, next: (2, 120)), after: inFlight)
        expectRefused(
            History.acknowledged(3, of: 2, after: 4, .succeeded, next: (2, 120)), after: retrying)
    }

    @Test(
        "acknowledged with a next tick that is not the one that follows",
        arguments: Acknowledgement.Outcome.allCases)
    func next(_ outcome: Acknowledgement.Outcome) {
        for tick: UInt64 in [0, 3, .max] {
            expectRefused(
                History.acknowledged(3, of: 2, after: 3, outcome, next: (tick, 120)),
                after: inFlight)
        }
    }

    @Test("acknowledged as a success, and the same tick again") func repeatedSuccess() {
        for outcome in [Acknowledgement.Outcome.succeeded, .dropped] {
            expectRefused(
                History.acknowledged(3, of: 2, after: 3, outcome, next: (1, 60)), after: inFlight)
        }
    }

    @Test("acknowledged without the app, and the tick is given up") func lostTick() {
        for outcome in [Acknowledgement.Outcome.undeliverable, .abandoned] {
            expectRefused(
                History.acknowledged(3, of: 2, after: 3, outcome, next: (2, 120)), after: inFlight)
            expectRefused(History.acknowledged(3, of: 2, after: 3, outcome), after: inFlight)
        }
    }

    @Test("late while the job waits for the answer") func late() {
        expectRefused(History.acknowledged(3, of: 2, after: 3, .late), after: inFlight)
        expectRefused(
            History.acknowledged(3, of: 2, after: 3, .late, next: (1, 60)), after: inFlight)
    }

    @Test("acknowledged after the end as if it were not over") func afterTheEnd() {
        expectRefused(History.acknowledged(3, of: 2, after: 3, .late), after: deleted)
        expectRefused(
            History.acknowledged(3, of: 2, after: 4, .late, next: (2, 120)), after: deleted)
        for outcome in [Acknowledgement.Outcome.succeeded, .failed, .dropped] {
            expectRefused(History.acknowledged(3, of: 2, after: 4, outcome), after: deleted)
        }
    }

    @Test("skipped: no such job, not its last event, not the ticks that come next") func skipped() {
        expectRefused(History.skipped(2, after: 2, (1, 1)), after: History())
        expectRefused(History.skipped(2, after: 1, (1, 1), next: (2, 120)), after: waiting)
        expectRefused(History.skipped(2, after: 2, (2, 2), next: (3, 180)), after: waiting)
        expectRefused(History.skipped(2, after: 2, (1, 0), next: (2, 120)), after: waiting)
        expectRefused(History.skipped(2, after: 2, (1, 2), next: (2, 120)), after: waiting)
        expectRefused(History.skipped(2, after: 2, (1, 2), next: (4, 240)), after: waiting)
        expectRefused(History.skipped(2, after: 2, (1, .max), next: (0, 120)), after: waiting)
        // A skip of the tick in flight was once accepted, which made its answer impossible.
        expectRefused(History.skipped(2, after: 3, (1, 1), next: (2, 120)), after: inFlight)
        expectRefused(History.skipped(2, after: 4, (1, 1)), after: finished)
    }
}
