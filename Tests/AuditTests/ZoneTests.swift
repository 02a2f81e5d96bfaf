import Audit
import EventLog
import Jobs
import TestSupport
import Testing

/// A city whose clocks show UTC, then ten seconds more: what was due at second 60 is due at 50.
@Suite("Auditing time zones")
struct ZoneTests {
    private static let zone = "Test/City"
    private static let at50 = History.show(50)
    private static let at60 = History.show(60)
    private static let schedule = "CRON_TZ=Test/City 0 * * * * *"
    private static let inTime = ZoneRules(zone, footer: "AAA0")
    private static let ahead = ZoneRules(zone, footer: "AAA-0:00:10")

    /// Records 1 to 4: opened, a receiver, the rules, a job due at 60.
    private static func scheduled(expiry: Int64? = nil) throws -> (History, SequenceNumber) {
        var history = try History.ready()
        history.add(.zoneRules(inTime))
        let job = try history.created(schedule: schedule, expiry: expiry)
        return (history, job)
    }

    /// Records 5 to 7: opened at `time`, a receiver, the new rules.
    private static func changed(
        _ history: inout History, at time: Int64, to rules: ZoneRules = ahead
    ) throws {
        history.opened(isAfterCleanClose: false, at: time)
        try history.present(receiver: 2)
        history.add(.zoneRules(rules))
    }

    @Test("a tick is due by the rules in the log")
    func byTheRules() throws {
        var (history, job) = try Self.scheduled()
        let trigger = history.triggered(job, at: 60)
        history.acknowledged(trigger, .succeeded, next: (2, 120))
        #expect(history.verdicts == [])

        var other = try History.ready()
        other.add(.zoneRules(Self.ahead))
        try other.created(schedule: Self.schedule)
        #expect(
            other.verdicts == [
                "unexplained #4: Its first tick is due \(Self.at50), not \(Self.at60)."
            ])
    }

    @Test("new rules move the tick that waits, and what follows")
    func moved() throws {
        var (history, job) = try Self.scheduled()
        try Self.changed(&history, at: 20)
        history.rescheduled(job, from: 60, to: 50)
        let trigger = history.triggered(job, due: 50, at: 50, receiver: 2)
        history.acknowledged(trigger, .succeeded, next: (2, 110))
        #expect(history.verdicts == [])
    }

    @Test("a tick must be moved to where the new rules have it")
    func movedWrongly() throws {
        for wrong in [55, 60] as [Int64] {
            var (history, job) = try Self.scheduled()
            try Self.changed(&history, at: 20)
            history.rescheduled(job, from: 60, to: wrong)
            #expect(
                history.verdicts == [
                    "unexplained #4 #8: By the rules that hold it is due \(Self.at50), not"
                        + " \(History.show(wrong))."
                ])
        }
    }

    @Test("the new rules' ticks before the process began are past: the next one comes")
    func notIntoThePast() throws {
        var (history, job) = try Self.scheduled()
        try Self.changed(&history, at: 55)
        history.rescheduled(job, from: 60, to: 110)
        #expect(history.verdicts == [])

        var (other, moved) = try Self.scheduled()
        try Self.changed(&other, at: 55)
        other.rescheduled(moved, from: 60, to: 50)
        #expect(other.verdicts.count == 1)
    }

    @Test("a tick that was due already is not moved")
    func dueAlready() throws {
        var (history, job) = try Self.scheduled()
        try Self.changed(&history, at: 70)
        history.triggered(job, due: 60, at: 70, receiver: 2)
        #expect(history.verdicts == [])

        var (other, moved) = try Self.scheduled()
        try Self.changed(&other, at: 70)
        other.rescheduled(moved, from: 60, to: 110)
        #expect(
            other.verdicts == [
                "unexplained #4 #8: It was due at \(Self.at60), before the process began that"
                    + " has the new rules."
            ])
    }

    @Test("a tick triggered where the old rules had it is reported, with the new rules")
    func notMoved() throws {
        var (history, job) = try Self.scheduled()
        try Self.changed(&history, at: 20)
        history.triggered(job, due: 60, at: 60, receiver: 2)
        #expect(
            history.verdicts == [
                "unexplained #4 #7 #8: Tick 1 is due \(Self.at50) by the rules of Test/City in"
                    + " record 7, and was left at \(Self.at60)."
            ])
    }

    @Test("a tick still not moved when others are triggered is reported where the log ends")
    func leftBehind() throws {
        var (history, _) = try Self.scheduled()
        let other = try history.created("other")
        try Self.changed(&history, at: 20)
        #expect(history.verdicts == [], "the turns that move ticks may still come")
        history.triggered(other, due: 60, at: 60, receiver: 2)
        #expect(
            history.verdicts == [
                "unexplained #4 #8: Tick 1 is due \(Self.at50) by the rules of Test/City in"
                    + " record 8, and was left at \(Self.at60)."
            ])
    }

    @Test("a job with no tick left under the new rules is deleted as expired")
    func noTickLeft() throws {
        let behind = ZoneRules(Self.zone, footer: "AAA0:00:10")
        var (history, job) = try Self.scheduled(expiry: 65)
        try Self.changed(&history, at: 20, to: behind)
        history.rescheduled(job, from: 60, to: nil)
        #expect(
            history.verdicts == [
                "unexplained #8: Nothing is left to run, but the job was not deleted."
            ])
        history.deleted(job, .expired)
        #expect(history.verdicts == [])
    }

    @Test("a due time that was given stands, whatever the rules")
    func dueTimeGiven() throws {
        var history = try History.ready()
        history.add(.zoneRules(Self.inTime))
        let definition = try History.definition(
            "report", schedule: Self.schedule, isDueAtAnchor: true, anchor: 60, firstDue: 60)
        let job = history.add(.created(definition))
        try Self.changed(&history, at: 20)
        var moved = history
        history.add(
            .triggered(
                Trigger(
                    generation: job, previous: job, tick: 1, due: Timestamp(seconds: 60),
                    attempt: 1, cause: .schedule, receiver: ReceiverID(2), heldBy: nil)), at: 60)
        #expect(history.verdicts == [])
        moved.add(
            .rescheduled(
                Rescheduling(
                    generation: job, previous: job, tick: 1, from: Timestamp(seconds: 60),
                    to: Timestamp(seconds: 50))))
        #expect(
            moved.verdicts == [
                "unexplained #4 #8: Its schedule does not depend on the rules of a time zone."
            ])
    }

    @Test("only a tick that waits for its first attempt is moved")
    func wrongTick() throws {
        let fault =
            "A tick was rescheduled that is not the one that waits for its first attempt."
        var (history, job) = try Self.scheduled()
        try Self.changed(&history, at: 20)
        history.rescheduled(job, tick: 2, from: 60, to: 50)
        #expect(history.verdicts == ["unexplained #4 #8: \(fault)"])

        var (other, failed) = try Self.scheduled()
        let trigger = other.triggered(failed, at: 60)
        other.acknowledged(trigger, .failed, code: 500, next: (1, 61))
        try Self.changed(&other, at: 61)
        other.rescheduled(failed, from: 60, to: 50)
        #expect(other.verdicts == ["unexplained #6 #10: \(fault)"])
    }

    @Test("a tick may be moved by a later process than the one that recorded the rules")
    func movedLater() throws {
        var (history, job) = try Self.scheduled()
        try Self.changed(&history, at: 20)
        history.opened(isAfterCleanClose: false, at: 100)
        var late = history
        history.rescheduled(job, from: 60, to: 50)
        #expect(history.verdicts == [])
        late.rescheduled(job, from: 60, to: 110)
        #expect(
            late.verdicts == [
                "unexplained #4 #9: By the rules that hold it is due \(Self.at50), not"
                    + " \(History.show(110))."
            ])
    }

    @Test("without a change of the rules nothing is moved")
    func noChange() throws {
        let fault = "The rules of its time zone have not changed since it was counted."
        var (history, job) = try Self.scheduled()
        history.rescheduled(job, from: 60, to: 120)
        #expect(history.verdicts == ["unexplained #4 #5: \(fault)"])
        var (other, moved) = try Self.scheduled()
        try Self.changed(&other, at: 20)
        other.rescheduled(moved, from: 60, to: 50)
        other.rescheduled(moved, from: 50, to: 110)
        #expect(other.verdicts == ["unexplained #8 #9: \(fault)"])
    }

    @Test("an interval does not depend on a zone")
    func interval() throws {
        var history = try History.ready()
        let job = try history.created(schedule: "@every 60s")
        history.rescheduled(job, from: 60, to: 70)
        #expect(
            history.verdicts == [
                "unexplained #3 #4: Its schedule does not depend on the rules of a time zone."
            ])
    }

    @Test("a job in a zone of which the log knows no rules is reported once")
    func unknownZone() throws {
        var history = try History.ready()
        let job = try history.created(schedule: Self.schedule)
        let trigger = history.triggered(job, at: 60)
        history.acknowledged(trigger, .succeeded, next: (2, 130))
        #expect(
            history.verdicts == [
                "unexplained #3: The rules of its time zone Test/City had not been recorded."
            ])
    }

    @Test("rules that cannot be read, or say nothing new, are reported")
    func rules() throws {
        var history = try History.ready()
        history.add(.zoneRules(Self.inTime))
        history.add(.zoneRules(Self.inTime))
        history.add(.zoneRules(ZoneRules(zone: "Test/Town", tzif: [1])))
        let verdicts = history.verdicts
        #expect(verdicts.count == 2)
        #expect(
            verdicts.first
                == "unexplained #4: The rules of Test/City were recorded again, but nothing in them"
                + " changed.")
        #expect(verdicts.last?.hasPrefix("unexplained #5: Zone rules cannot be read: ") == true)
    }
}
