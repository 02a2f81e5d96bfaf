import EventLog
import Jobs
import TestSupport
import Testing

@Suite("Reading ISO 8601 durations")
struct ISODurationTests {
    private static let second = Timestamp.nanosecondsPerSecond

    /// `nil` if `text` is a duration.
    private static func refusal(of text: String) -> ISODurationError? {
        do {
            _ = try ISODuration.parse(text)
            return nil
        } catch {
            return error
        }
    }

    @Test(
        "a duration is read as Dapr reads it: years, months, days and seconds",
        arguments: [
            ("P1Y2M3W4DT5H6M7S", 1, 2, 25, 18_367), ("P1Y", 1, 0, 0, 0), ("P2M", 0, 2, 0, 0),
            ("P3W", 0, 0, 21, 0), ("P4D", 0, 0, 4, 0), ("PT5H", 0, 0, 0, 18_000),
            ("PT6M", 0, 0, 0, 360), ("PT7S", 0, 0, 0, 7), ("P0D", 0, 0, 0, 0),
            ("PT0S", 0, 0, 0, 0), ("P007D", 0, 0, 7, 0),
            // Minutes come after the T, months before it.
            ("P1MT1M", 0, 1, 0, 60),
            // Units in any order, and signs.
            ("P4D3W2M1Y", 1, 2, 25, 0), ("PT7S6M5H", 0, 0, 0, 18_367), ("P+5D", 0, 0, 5, 0),
            ("P-5D", 0, 0, -5, 0), ("P-1Y-2M-3W-4DT-5H-6M-7S", -1, -2, -25, -18_367),
            ("P-0D", 0, 0, 0, 0), ("P1WT-1H", 0, 0, 7, -3_600),
            // The last year and the last month count; all other units add up.
            ("P1Y2Y", 2, 0, 0, 0), ("P1M2M", 0, 2, 0, 0), ("P2Y0Y", 0, 0, 0, 0),
            ("P1W2W", 0, 0, 21, 0), ("P1D2D", 0, 0, 3, 0), ("P1W-1D", 0, 0, 6, 0),
            ("PT1H2H", 0, 0, 0, 10_800), ("PT1M2M", 0, 0, 0, 180), ("PT1S2S", 0, 0, 0, 3),
            // More than one T, and none where one could be.
            ("PT", 0, 0, 0, 0), ("PTT", 0, 0, 0, 0), ("PTT1S", 0, 0, 0, 1),
            ("PT1HT1S", 0, 0, 0, 3_601), ("P1DT", 0, 0, 1, 0),
            // Text after the last unit is ignored.
            ("P5", 0, 0, 0, 0), ("PX", 0, 0, 0, 0), ("PTX", 0, 0, 0, 0), ("P1DX", 0, 0, 1, 0),
            ("PT1S1.5", 0, 0, 0, 1), ("P ", 0, 0, 0, 0), ("P--", 0, 0, 0, 0), ("PT5", 0, 0, 0, 0),
            ("P1D ", 0, 0, 1, 0), ("P1Dé", 0, 0, 1, 0), ("PP", 0, 0, 0, 0), ("PR3/", 0, 0, 0, 0),
            ("P1d", 0, 0, 0, 0), ("P1D/P2", 0, 0, 1, 0), ("P1D\u{0}", 0, 0, 1, 0),
            ("P99999999999999999999", 0, 0, 0, 0),
            // No repetition.
            ("R0/PT1S", 0, 0, 0, 1), ("R-1/PT1S", 0, 0, 0, 1), ("R-0/P1D", 0, 0, 1, 0),
            ("R+0/P1D", 0, 0, 1, 0), ("R-9223372036854775808/P1D", 0, 0, 1, 0),
            ("R00/P1D", 0, 0, 1, 0), ("R0/PX", 0, 0, 0, 0), ("R0/P", 0, 0, 0, 0),
            // Nothing but a repetition.
            ("R0", 0, 0, 0, 0), ("R0/", 0, 0, 0, 0), ("R-5", 0, 0, 0, 0), ("R-5/", 0, 0, 0, 0),
            // The longest there are.
            ("P9223372036854775807Y-9223372036854775808M", .max, .min, 0, 0),
            ("P9223372036854775807D", 0, 0, .max, 0), ("P-9223372036854775808D", 0, 0, .min, 0),
            ("P9223372036854775807D1D-1D", 0, 0, .max, 0),
            ("P1317624576693539401W", 0, 0, .max, 0), ("PT9223372036S", 0, 0, 0, 9_223_372_036),
            ("PT-9223372036S", 0, 0, 0, -9_223_372_036), ("PT2562047H", 0, 0, 0, 9_223_369_200),
            ("PT153722867M", 0, 0, 0, 9_223_372_020),
            ("PT9223372036854775807H-9223372036854775807H", 0, 0, 0, 0),
        ] as [(String, Int64, Int64, Int64, Int64)])
    func durations(
        text: String, years: Int64, months: Int64, days: Int64, seconds: Int64
    ) throws {
        let duration = try ISODuration.parse(text)
        #expect(duration.years == years)
        #expect(duration.months == months)
        #expect(duration.days == days)
        #expect(duration.nanoseconds == seconds * Self.second)
    }

    @Test(
        "what is none is malformed",
        arguments: [
            "", "P", "R", "1D", "T1S", "XP1D", "p1D", " P1D", "-P1D", "+P1D", "ＰT1S", "é",
            // A unit needs a number, and a number only digits.
            "PD", "PY", "PM", "PW", "PTH", "PTM", "PTS", "P1DD", "PT1SS", "P+D", "P-D", "P--1D",
            "P+-1D", "P1-D", "P 1D", "P1 D", "P1_0D", "P0x1D", "P1e3D", "P１D", "P1éD", "P1\u{301}D",
            // A byte that is not a unit makes the number around it invalid.
            "P5X3D", "PX3D", "P1DX2D", "PT1s1S", "P1D,1M", "P1D/P2DT1S",
            // No fractions.
            "PT1.5S", "PT1,5S", "P0.5D", "P.5D", "P1.D",
            // The T comes directly after the P or a unit.
            "P5T1S", "PXT1S", "P1DXT1S", "P-T1S",
            // Units of dates come before the T, those of times after it.
            "PT1D", "PT1Y", "PT1W", "P1H", "P1S", "P1DT1HT1D", "PTD", "PH",
            // Repetitions.
            "R/", "R/P1D", "RP1D", "R5P1D", "Rx/P1D", "R 5/P1D", "R5 /P1D", "R1.5/P1D", "R+/P1D",
            "R-", "R0//P1D", "R0/R0/P1D", "R0/1D", "R0/p1D", "R0/ P1D", "R5/X", "R５/P1D", "r0/P1D",
            "R9223372036854775808/P1D", "R-9223372036854775809/P1D", "R99999999999999999999",
            "R5/P5X3D",
        ])
    func malformed(text: String) { #expect(Self.refusal(of: text) == .malformed) }

    @Test(
        "repetitions are told apart from what is malformed",
        arguments: ["R1/PT1S", "R+1/PT1S", "R3", "R3/", "R3/P", "R05/P1D", "R9223372036854775807"])
    func repeated(text: String) { #expect(Self.refusal(of: text) == .repeated) }

    @Test(
        "what 64 bits cannot hold is too long, where Dapr wraps around",
        arguments: [
            "P9223372036854775808Y", "P-9223372036854775809M", "P9223372036854775808D",
            "P9223372036854775808W", "PT9223372036854775808S", "P99999999999999999999D",
            "P9223372036854775808Y1Y", "P000000000000000000009223372036854775808D",
            // Days together.
            "P1317624576693539402W", "P9223372036854775807D1D", "P-9223372036854775808D-1D",
            "P1W9223372036854775807D", "P9223372036854775807W9223372036854775807W",
            // The time part in nanoseconds: 292 years.
            "PT9223372037S", "PT-9223372037S", "PT2562048H", "PT153722868M", "PT2562047H48M",
            "PT9223372036854775807S", "PT9223372036854775807H", "PT-9223372036854775808H",
            "PT9223372036854775807H9223372036854775807H",
            // It is too long even to be repeated.
            "R3/PT9223372037S",
        ])
    func tooLong(text: String) { #expect(Self.refusal(of: text) == .tooLong) }
}

@Suite("Adding ISO 8601 durations")
struct ISODurationAdditionTests {
    private static func sum(_ start: String, _ duration: String) throws -> Timestamp {
        let start = try PointInTime.parse(start, field: "dueTime")
            .resolve(from: .earliest)
        return try PointInTime.parse(duration, field: "dueTime").resolve(from: start)
    }

    @Test(
        "a month is as long as the month it falls on, and days beyond its end go over",
        arguments: [
            ("2027-01-31T08:00:00Z", "P1M", "2027-03-03T08:00:00Z"),
            ("2028-01-31T08:00:00Z", "P1M", "2028-03-02T08:00:00Z"),
            ("2028-01-30T08:00:00Z", "P1M", "2028-03-01T08:00:00Z"),
            ("2027-01-29T00:00:00Z", "P1M", "2027-03-01T00:00:00Z"),
            ("2028-01-29T00:00:00Z", "P1M", "2028-02-29T00:00:00Z"),
            ("2027-03-31T08:00:00Z", "P1M", "2027-05-01T08:00:00Z"),
            ("2027-05-31T08:00:00Z", "P1M", "2027-07-01T08:00:00Z"),
            ("2027-12-31T23:59:59Z", "P1M", "2028-01-31T23:59:59Z"),
            ("2027-12-31T23:59:59Z", "P2M", "2028-03-02T23:59:59Z"),
            ("2027-12-31T23:59:59Z", "P4M", "2028-05-01T23:59:59Z"),
            ("2027-03-31T08:00:00Z", "P-1M", "2027-03-03T08:00:00Z"),
            ("2028-03-31T08:00:00Z", "P-1M", "2028-03-02T08:00:00Z"),
            ("2027-03-29T08:00:00Z", "P-1M", "2027-03-01T08:00:00Z"),
            ("2027-01-31T08:00:00Z", "P-1M", "2026-12-31T08:00:00Z"),
            ("2027-01-31T08:00:00Z", "P-2M", "2026-12-01T08:00:00Z"),
            ("2027-01-01T00:00:00Z", "P-1M", "2026-12-01T00:00:00Z"),
            ("2027-12-31T12:00:00Z", "P-6M", "2027-07-01T12:00:00Z"),
            ("2028-02-29T12:00:00Z", "P1Y", "2029-03-01T12:00:00Z"),
            ("2028-02-29T12:00:00Z", "P-1Y", "2027-03-01T12:00:00Z"),
            ("2028-02-29T12:00:00Z", "P4Y", "2032-02-29T12:00:00Z"),
            ("2028-02-29T12:00:00Z", "P72Y", "2100-03-01T12:00:00Z"),
            ("1896-02-29T12:00:00Z", "P4Y", "1900-03-01T12:00:00Z"),
            ("1900-02-28T12:00:00Z", "P1D", "1900-03-01T12:00:00Z"),
            ("2000-02-28T12:00:00Z", "P1D", "2000-02-29T12:00:00Z"),
            ("2100-02-28T12:00:00Z", "P1D", "2100-03-01T12:00:00Z"),
            ("2028-02-28T12:00:00Z", "P1D", "2028-02-29T12:00:00Z"),
            ("2028-03-01T12:00:00Z", "P-1D", "2028-02-29T12:00:00Z"),
            ("2027-12-31T23:59:59Z", "P1D", "2028-01-01T23:59:59Z"),
            ("2028-01-01T00:00:00Z", "P-1D", "2027-12-31T00:00:00Z"),
            ("2028-01-01T00:00:00Z", "P366D", "2029-01-01T00:00:00Z"),
            ("2027-01-01T00:00:00Z", "P365D", "2028-01-01T00:00:00Z"),
            ("2027-06-15T06:30:00Z", "P2W", "2027-06-29T06:30:00Z"),
            ("2027-06-15T06:30:00Z", "P-3W", "2027-05-25T06:30:00Z"),
            ("2027-06-15T06:30:00Z", "P-18M", "2025-12-15T06:30:00Z"),
            ("2027-06-15T06:30:00Z", "P1Y-12M", "2027-06-15T06:30:00Z"),
            ("2027-06-15T06:30:00Z", "P100Y", "2127-06-15T06:30:00Z"),
            ("2027-06-15T06:30:00Z", "P-100Y", "1927-06-15T06:30:00Z"),
            ("2027-01-31T08:00:00Z", "P1M-3D", "2027-02-28T08:00:00Z"),
            ("2027-01-31T08:00:00Z", "P1M1D", "2027-03-04T08:00:00Z"),
            ("2027-01-31T08:00:00Z", "P1Y1M1W1D", "2028-03-10T08:00:00Z"),
            ("2027-12-31T23:59:59Z", "PT1S", "2028-01-01T00:00:00Z"),
            ("2028-02-28T23:00:00Z", "PT1H", "2028-02-29T00:00:00Z"),
            ("2028-02-28T23:00:00Z", "PT25H", "2028-03-01T00:00:00Z"),
            ("2027-01-01T00:00:00Z", "PT-1S", "2026-12-31T23:59:59Z"),
            ("2027-01-31T22:00:00Z", "P1MT2H", "2027-03-04T00:00:00Z"),
            ("2027-01-31T22:00:00Z", "P1MT-96H", "2027-02-27T22:00:00Z"),
            ("2027-12-31T22:30:00Z", "P1DT90M", "2028-01-02T00:00:00Z"),
            ("2027-11-30T12:00:00Z", "P3MT12H30M45S", "2028-03-02T00:30:45Z"),
            ("1969-12-31T23:59:59Z", "P1D", "1970-01-01T23:59:59Z"),
            ("1970-01-01T00:00:00Z", "P-1D", "1969-12-31T00:00:00Z"),
            ("1969-11-30T18:00:00Z", "P3M", "1970-03-02T18:00:00Z"),
            ("1970-01-01T00:00:00Z", "P-3000M", "1720-01-01T00:00:00Z"),
            ("1970-01-01T00:00:00Z", "P292Y", "2262-01-01T00:00:00Z"),
            ("1678-01-31T01:02:03Z", "P1M", "1678-03-03T01:02:03Z"),
            ("2262-01-31T23:59:59Z", "P1M", "2262-03-03T23:59:59Z"),
            ("2027-06-15T06:30:00Z", "P9000Y3Y", "2030-06-15T06:30:00Z"),
            ("2020-02-03T11:12:13Z", "P1Y2M3D", "2021-04-06T11:12:13Z"),
            ("2019-02-03T11:12:13Z", "P1Y2M3D", "2020-04-06T11:12:13Z"),
        ])
    func calendar(start: String, duration: String, end: String) throws {
        #expect(try Self.sum(start, duration) == Self.sum(end, "0s"))
    }

    @Test(
        "the time of day is kept to the nanosecond, on both sides of 1970",
        arguments: [
            ("2027-01-31T08:00:00.123456789Z", "P1M", "2027-03-03T08:00:00.123456789Z"),
            ("1969-12-31T23:59:59.999999999Z", "P2M", "1970-03-03T23:59:59.999999999Z"),
            ("1969-12-31T23:59:59.999999999Z", "P-1M", "1969-12-01T23:59:59.999999999Z"),
            ("1700-03-01T00:00:00.000000001Z", "P-1D", "1700-02-28T00:00:00.000000001Z"),
            ("2027-01-31T08:00:00.5Z", "P1MT-1S", "2027-03-03T07:59:59.5Z"),
        ])
    func timeOfDay(start: String, duration: String, end: String) throws {
        #expect(try Self.sum(start, duration) == Self.sum(end, "0s"))
    }
}

@Suite("Laws of ISO 8601 durations")
struct ISODurationLawTests {
    private static let nanosecondsPerDay = 86_400 * Int128(Timestamp.nanosecondsPerSecond)

    private static func end(_ start: Timestamp, _ text: String) throws -> Timestamp {
        try PointInTime.parse(text, field: "dueTime").resolve(from: start)
    }

    @Test("n days are n times 86,400 seconds, and n weeks are 7n days")
    func days() throws {
        var generator = Seed.generator(for: "days of durations")
        for _ in 0..<3_000 {
            let start = Timestamp(nanoseconds: Int64(truncatingIfNeeded: generator.next()))
            let days = generator.index(below: 240_001) - 120_000
            let end = Int128(start.rawValue) + Int128(days) * Self.nanosecondsPerDay
            #expect(try Self.end(start, "P\(days)D") == Timestamp(nearest: end))
            let weeks = days / 7
            #expect(try Self.end(start, "P\(weeks)W") == Self.end(start, "P\(7 * weeks)D"))
        }
    }

    @Test("years and months end where walking the calendar ends")
    func months() throws {
        let almanac = Almanac()
        var generator = Seed.generator(for: "months of durations")
        for _ in 0..<5_000 {
            let start = Timestamp(nanoseconds: Int64(truncatingIfNeeded: generator.next()))
            let years = generator.index(below: 401) - 200
            let months = generator.index(below: 601) - 300
            let days = generator.index(below: 2_001) - 1_000
            let seconds = generator.index(below: 200_001) - 100_000
            let text = "P\(years)Y\(months)M\(days)DT\(seconds)S"
            let expected = almanac.end(
                start, months: 12 * years + months, days: days, seconds: seconds)
            #expect(try Self.end(start, text) == expected, "\(start) \(text)")
        }
    }

    @Test("what goes far out and comes back has gone nowhere")
    func there() throws {
        var generator = Seed.generator(for: "durations there and back")
        for _ in 0..<3_000 {
            let start = Timestamp(nanoseconds: Int64(truncatingIfNeeded: generator.next()))
            let years = Int64(truncatingIfNeeded: generator.next()) / 12
            #expect(try Self.end(start, "P\(years)Y\(-12 * years)M") == start)
            // Any 400 years have 146,097 days.
            let eras = Int64(truncatingIfNeeded: generator.next()) / 146_097
            #expect(try Self.end(start, "P\(400 * eras)Y\(-146_097 * eras)D") == start)
        }
    }
}

/// Every day of the years 1400 to 2599, found by walking from each to the next.
private struct Almanac {
    private var dates: [(month: Int, day: Int)] = []
    /// Indexes of the first days of months, which are counted from the year 0.
    private var firsts: [Int: Int] = [:]
    /// The index of 1970-01-01.
    private var epoch = 0

    init() {
        for year in 1_400..<2_600 {
            let isLeap = year.isMultiple(of: 400) || year % 4 == 0 && year % 100 != 0
            let lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
            if year == 1_970 { epoch = dates.count }
            for month in 0..<12 {
                firsts[12 * year + month] = dates.count
                for day in 1...lengths[month] { dates.append((12 * year + month, day)) }
            }
        }
    }

    /// `nil` beyond the years it knows.
    func end(_ start: Timestamp, months: Int, days: Int, seconds: Int) -> Timestamp? {
        let perDay = 86_400 * Timestamp.nanosecondsPerSecond
        let timeOfDay = (start.rawValue % perDay + perDay) % perDay
        let day = Int(start.rawValue / perDay) - (start.rawValue % perDay < 0 ? 1 : 0)
        var date = dates[epoch + day]
        for _ in 0..<abs(months) { date.month += months < 0 ? -1 : 1 }
        guard let first = firsts[date.month] else { return nil }
        let index = first + date.day - 1 + days
        let end =
            Int128(index - epoch) * Int128(perDay) + Int128(timeOfDay)
            + Int128(seconds) * Int128(Timestamp.nanosecondsPerSecond)
        return Timestamp(nearest: end)
    }
}

extension Timestamp {
    /// The instant, or the end of the range that is nearest to it.
    fileprivate init(nearest nanoseconds: Int128) {
        self.init(nanoseconds: Int64(clamping: max(nanoseconds, Int128(Int64.min) + 1)))
    }
}
