import Audit
import EventLog
import Jobs
import Testing

@Suite("The judge and the clock") struct ClockTests {
    private static func at(_ seconds: Int64) -> Timestamp { Timestamp(seconds: seconds) }

    private func findings(_ history: History) -> [String] {
        history.audit.report().findings.map(\.explanation)
    }

    /// The clock is put back from 50 to 10 while a job waits for 60.
    private func history(
        _ schedule: String? = "@every 60s"
    ) throws -> (History, SequenceNumber) {
        var history = try History.ready()
        let job = try history.created(schedule: schedule)
        history.idle(from: 10, to: 50)
        history.add(.clockMoved(from: Self.at(50), to: Self.at(10)), at: 10)
        return (history, job)
    }

    @Test("a tick that is due after a span moves with it, by as much") func moved() throws {
        var (history, job) = try history()
        history.rescheduled(job, from: 60, to: 20, reason: .clock)
        history.triggered(job, due: 20, at: 20)
        #expect(findings(history) == [])
        for wrong in [19, 21, 60] as [Int64] {
            var (history, job) = try self.history()
            history.rescheduled(job, from: 60, to: wrong, reason: .clock)
            #expect(findings(history).count == 1)
        }
    }

    @Test("a date stays where it is") func date() throws {
        var (history, job) = try history(nil)
        history.rescheduled(job, from: 60, to: 20, reason: .clock)
        #expect(findings(history) == ["It waits for a date, which does not move with the clock."])
    }

    @Test("nothing moves with a clock that has not moved, or only forward") func unmoved() throws {
        var history = try History.ready()
        let job = try history.created(schedule: "@every 60s")
        history.rescheduled(job, from: 60, to: 20, reason: .clock)
        #expect(findings(history) == ["The clock has not moved."])
        var other = try History.ready()
        let moved = try other.created(schedule: "@every 60s")
        other.add(.clockMoved(from: Self.at(1), to: Self.at(10)), at: 10)
        other.rescheduled(moved, from: 60, to: 20, reason: .clock)
        #expect(findings(other).count == 1)
    }

    @Test("a trigger while it is held is a fault; afterwards it is late because of that")
    func held() throws {
        var history = try History.ready()
        let job = try history.created()
        history.idle(from: 10, to: 50)
        history.add(.clockHeld(wall: Self.at(9_000)), at: 55)
        var wrong = history
        wrong.run(job, at: 60)
        #expect(findings(wrong) == ["Tick 1 was triggered while the clock was held."])
        history.add(.frontier, at: 65)
        history.add(.clockReleased(.returned), at: 90)
        history.run(job, at: 90, heldBy: .clock)
        let report = history.audit.report()
        #expect(report.findings.isEmpty)
        #expect(report.stories.lateCounts[.clock] == 1)
        #expect(report.totals.clockHolds == 1)
    }

    @Test("what waits where the log ends waits because of it") func pending() throws {
        var history = try History.ready()
        _ = try history.created()
        history.add(.clockHeld(wall: Self.at(9_000)), at: 55)
        history.add(.frontier, at: 65)
        #expect(history.audit.report().pending.map(\.reason) == [.clock])
    }

    @Test("a hold that says nothing, and one that ends twice, are faults") func twice() throws {
        var history = try History.ready()
        history.add(.clockReleased(.steady), at: 5)
        #expect(findings(history).count == 1)
        history.add(.clockHeld(wall: Self.at(9_000)), at: 6)
        history.add(.clockHeld(wall: Self.at(9_000)), at: 7)
        #expect(findings(history).count == 2)
    }

    @Test("ticks that ran while the clock was ahead are found when it comes back") func ahead()
        throws
    {
        var history = try History.ready()
        let job = try history.created(schedule: "0 * * * * *")
        history.add(.clockMoved(from: Self.at(10), to: Self.at(100)), at: 100)
        history.triggered(job, at: 100, heldBy: .clock)
        history.add(.frontier, at: 110)
        history.add(.clockMoved(from: Self.at(110), to: Self.at(20)), at: 20)
        #expect(history.audit.report().totals.ticksAheadOfClock == 1)
    }
}
