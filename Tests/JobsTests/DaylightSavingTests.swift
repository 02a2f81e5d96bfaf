import EventLog
import Jobs
import Testing

/// The table of Jobs.docc/Schedules.md, row by row.
@Suite("When clocks are put forward and back")
struct DaylightSavingTests {
    private static func instant(_ text: String) throws -> Timestamp {
        try PointInTime.parse(text, field: "dueTime").resolve(from: .earliest)
    }

    /// `expected` are all occurrences after `start` up to the last one given.
    private static func check(
        _ schedule: String, in zone: String, after start: String, _ expected: String...
    ) throws {
        let schedule = try Schedule.parse("CRON_TZ=\(zone) \(schedule)")
        let zones = try TestFile.zones(zone)
        var at = try Self.instant(start)
        for text in expected {
            at = try #require(schedule.next(after: at, in: zones))
            #expect(at == (try Self.instant(text)), "\(text), not \(at)")
        }
    }

    @Test("a time that is left out does not come that day")
    func gap() throws {
        try Self.check(
            "0 30 2 * * *", in: "America/New_York", after: "2026-03-07T12:00:00Z",
            "2026-03-09T06:30:00Z", "2026-03-10T06:30:00Z")
    }

    @Test("nor does the first time left out, when the clock jumps on")
    func gapStart() throws {
        try Self.check(
            "0 0 2 * * *", in: "America/New_York", after: "2026-03-07T12:00:00Z",
            "2026-03-09T06:00:00Z")
    }

    @Test("the first time after the gap comes")
    func gapEnd() throws {
        try Self.check(
            "0 0 3 * * *", in: "America/New_York", after: "2026-03-07T12:00:00Z",
            "2026-03-08T07:00:00Z", "2026-03-09T07:00:00Z")
    }

    @Test("a time that is repeated comes twice")
    func overlap() throws {
        try Self.check(
            "0 30 1 * * *", in: "America/New_York", after: "2026-10-31T12:00:00Z",
            "2026-11-01T05:30:00Z", "2026-11-01T06:30:00Z", "2026-11-02T06:30:00Z")
    }

    @Test("the time at which the repeated hour begins comes twice, the one at which it ends once")
    func overlapEnds() throws {
        try Self.check(
            "0 0 1,2 * * *", in: "America/New_York", after: "2026-10-31T12:00:00Z",
            "2026-11-01T05:00:00Z", "2026-11-01T06:00:00Z", "2026-11-01T07:00:00Z",
            "2026-11-02T06:00:00Z")
    }

    @Test("what comes every hour comes once every real hour")
    func hourly() throws {
        try Self.check(
            "@hourly", in: "America/New_York", after: "2026-03-08T05:30:00Z",
            "2026-03-08T06:00:00Z", "2026-03-08T07:00:00Z", "2026-03-08T08:00:00Z")
        try Self.check(
            "@hourly", in: "America/New_York", after: "2026-11-01T04:30:00Z",
            "2026-11-01T05:00:00Z", "2026-11-01T06:00:00Z", "2026-11-01T07:00:00Z")
    }

    @Test("what comes every few minutes never pauses")
    func minutely() throws {
        try Self.check(
            "0 */20 * * * *", in: "Europe/Berlin", after: "2026-10-25T00:30:00Z",
            "2026-10-25T00:40:00Z", "2026-10-25T01:00:00Z", "2026-10-25T01:20:00Z")
    }

    @Test("a day without midnight has no job at midnight")
    func noMidnight() throws {
        try Self.check(
            "@daily", in: "America/Sao_Paulo", after: "2018-11-03T12:00:00Z",
            "2018-11-05T02:00:00Z")
    }

    @Test("a zone that moves by half an hour repeats half an hour")
    func halfHour() throws {
        // From +11 to +10:30 at 02:00 on 2026-04-05.
        try Self.check(
            "0 45 1 * * *", in: "Australia/Lord_Howe", after: "2026-04-04T12:00:00Z",
            "2026-04-04T14:45:00Z", "2026-04-04T15:15:00Z", "2026-04-05T15:15:00Z")
        try Self.check(
            "0 15 1 * * *", in: "Australia/Lord_Howe", after: "2026-04-04T12:00:00Z",
            "2026-04-04T14:15:00Z", "2026-04-05T14:45:00Z")
    }

    @Test("a zone that moves by two hours leaves out two")
    func twoHours() throws {
        try Self.check(
            "0 30 1,2,3 * * *", in: "Antarctica/Troll", after: "2026-03-28T12:00:00Z",
            "2026-03-29T01:30:00Z", "2026-03-29T23:30:00Z")
    }

    @Test("a date that a zone leaves out has no jobs")
    func noDay() throws {
        // Samoa went from 2011-12-29 to 2011-12-31.
        try Self.check(
            "0 0 12 * * *", in: "Pacific/Apia", after: "2011-12-29T12:00:00Z",
            "2011-12-29T22:00:00Z", "2011-12-30T22:00:00Z")
        try Self.check(
            "0 0 12 30 12 *", in: "Pacific/Apia", after: "2011-12-29T12:00:00Z",
            "2012-12-29T22:00:00Z")
    }

    @Test("days of the month and of the week are those of the zone")
    func localDays() throws {
        try Self.check(
            "0 0 8 1 * *", in: "Pacific/Kiritimati", after: "2026-11-15T00:00:00Z",
            "2026-11-30T18:00:00Z")
        try Self.check(
            "0 0 1 * * mon", in: "Asia/Kathmandu", after: "2026-11-20T00:00:00Z",
            "2026-11-22T19:15:00Z")
    }

    @Test("the five years of the search are years of the zone")
    func searchWindow() throws {
        let schedule = try Schedule.parse("TZ=Pacific/Kiritimati 0 0 0 29 2 *")
        let zones = try TestFile.zones("Pacific/Kiritimati")
        // There 2099 begins at 10:00 UTC.
        #expect(try schedule.next(after: Self.instant("2098-12-31T09:59:58Z"), in: zones) == nil)
        #expect(
            try schedule.next(after: Self.instant("2098-12-31T09:59:59Z"), in: zones)
                == Self.instant("2104-02-28T10:00:00Z"))
    }

    @Test("at the ends of what a timestamp holds there is an answer or none, and no trap")
    func ends() throws {
        for zone in ["America/New_York", "Pacific/Kiritimati"] {
            let zones = try TestFile.zones(zone)
            for text in ["* * * * * *", "@yearly", "0 0 0 29 2 *"] {
                let schedule = try Schedule.parse("TZ=\(zone) \(text)")
                #expect(schedule.next(after: .latest, in: zones) == nil)
                let first = schedule.next(after: .earliest, in: zones)
                #expect(first.map { $0 > Timestamp.earliest } ?? true)
            }
        }
    }
}
