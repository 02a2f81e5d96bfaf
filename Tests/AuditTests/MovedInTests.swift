import Audit
import EventLog
import Jobs
import Testing

@Suite("Jobs that were moved in from another scheduler")
struct MovedInTests {
    /// Three ticks, one a minute, ran elsewhere; the fourth is due at 240 s.
    private func moved(
        _ history: inout History, firstDue: Int64? = 240, repeats: UInt32? = nil, at time: Int64
    ) throws -> SequenceNumber {
        var definition = try History.definition(
            "report", schedule: "@every 60s", firstDue: firstDue, repeats: repeats)
        definition.ticksElsewhere = TicksElsewhere(
            count: 3, lastDue: Timestamp(seconds: 180))
        return history.remember(history.add(.created(definition), at: time))
    }

    @Test("go on with the tick after the last that ran there, and end with their last repeat")
    func goesOn() throws {
        var history = try History.ready()
        let job = try moved(&history, repeats: 5, at: 200)
        history.idle(from: 210, to: 240)
        history.acknowledged(
            history.triggered(job, tick: 4, due: 240, at: 240), .succeeded, next: (5, 300))
        history.idle(from: 250, to: 300)
        history.acknowledged(history.triggered(job, tick: 5, due: 300, at: 300), .succeeded)
        history.deleted(job, .completed)
        #expect(history.verdicts == [])
        // The ticks that ran elsewhere have no story here.
        #expect(history.stories == [.onTime: 2])
    }

    @Test("what came due before they were moved in comes late, and that is no finding")
    func overdue() throws {
        var history = try History.ready()
        let job = try moved(&history, at: 1_000)
        history.acknowledged(
            history.triggered(job, tick: 4, due: 240, at: 1_000), .succeeded, next: (5, 300))
        #expect(history.verdicts == [])
        #expect(history.stories[.late] == 1)
        #expect(history.lateCauses == [.accepted: 1])
    }

    @Test("a first tick that does not follow from the last one elsewhere is found")
    func wrongDue() throws {
        var history = try History.ready()
        _ = try moved(&history, firstDue: 60, at: 200)
        #expect(
            history.verdicts == [
                "unexplained #3: Its first tick is due \(History.show(240)), not"
                    + " \(History.show(60))."
            ])
    }

    @Test("one of which no tick was left must not have one")
    func nothingLeft() throws {
        var history = try History.ready()
        _ = try moved(&history, repeats: 3, at: 200)
        #expect(
            history.verdicts == [
                "unexplained #3: Its first tick is due never, not \(History.show(240))."
            ])
    }

    @Test("a tick that ran elsewhere and is triggered here is a duplicate")
    func again() throws {
        var history = try History.ready()
        let job = try moved(&history, at: 200)
        history.triggered(job, tick: 3, due: 180, at: 200)
        #expect(
            history.verdicts == [
                "duplicate #3 #4: Tick 3 was triggered again; tick 4 was to come."
            ])
    }

    @Test("the first tick here was not held by the one before it")
    func predecessor() throws {
        var history = try History.ready()
        let job = try moved(&history, at: 1_000)
        history.triggered(job, tick: 4, due: 240, at: 1_010, heldBy: .predecessor)
        #expect(history.verdicts.first?.contains("held by predecessor") == true)
    }

    @Test("their histories say what ran elsewhere, and where they came from")
    func words() throws {
        var history = try History.ready()
        var definition = try History.definition("report", schedule: "@every 60s", firstDue: 240)
        definition.ticksElsewhere = TicksElsewhere(count: 3, lastDue: Timestamp(seconds: 180))
        definition.caller = Caller(api: .import, appID: "shop", peer: "jobs.gob")
        history.add(.created(definition))
        var teller = JobHistory(of: definition.id)
        let line = try #require(history.records.compactMap { teller.line(for: $0) }.last?.text)
        #expect(line.hasPrefix("created by shop by the import of jobs.gob: schedule"))
        #expect(
            line.hasSuffix(
                "payload none; 3 ticks ran elsewhere before, the last due 1970-01-01T00:03:00Z"))
    }
}
