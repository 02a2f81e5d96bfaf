// The arithmetic at both ends: instants of the years 1 to 9999, of which 64 bits of nanoseconds reach
// only 585.

import EventLog
import Jobs
import TestSupport
import Testing

@Suite("Times beyond what nanoseconds reach")
struct FarTimeTests {
    private static let now = Timestamp(seconds: 1_800_000_000)
    /// What lies before the range is due here, at once.
    private static let first = Timestamp(nanoseconds: .min + 1)

    private static func parse(_ text: String) throws(InvalidField) -> PointInTime {
        try PointInTime.parse(text, field: "dueTime")
    }

    @Test(
        "the ends of the range are reached exactly",
        arguments: [
            ("2262-04-11T23:47:16.854775806Z", Int64.max - 1),
            ("2262-04-11T23:47:16.854775807Z", Int64.max),
            ("2262-04-11T23:47:16.854775808Z", Int64.max),
            ("1677-09-21T00:12:43.145224194Z", Int64.min + 2),
            ("1677-09-21T00:12:43.145224193Z", Int64.min + 1),
            ("1677-09-21T00:12:43.145224192Z", Int64.min + 1),
        ])
    func ends(text: String, nanoseconds: Int64) throws {
        #expect(
            try Self.parse(text).resolve(from: Self.now) == Timestamp(nanoseconds: nanoseconds))
    }

    @Test(
        "what lies beyond the range never comes",
        arguments: [
            "2262-04-11T23:47:16.854775808Z", "9999-01-01T00:00:00Z",
            "9999-12-31T23:59:59.999999999Z", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59-24:00",
            "2562047h", "P292Y", "P1000Y", "P106751D", "PT2562047H", "P9223372036854775807Y",
            "P9223372036854775807M", "P9223372036854775807D",
            "P9223372036854775807Y9223372036854775807M9223372036854775807DT2562047H",
        ])
    func never(text: String) throws {
        let point = try Self.parse(text)
        #expect(point.resolve(from: Self.now) == .latest)
        #expect(point.resolveExpiry(from: Self.now) == nil)
    }

    @Test(
        "what lies before the range is long past",
        arguments: [
            "1677-09-21T00:12:43.145224191Z", "1600-02-29T00:00:00Z", "0001-01-01T00:00:00Z",
            "0001-01-01T00:00:00+24:00", "0000-01-01T00:00:00Z", "-2562047h", "P-292Y", "P-106751D",
            "PT-2562047H", "P-1000Y", "P-9223372036854775808Y", "P-9223372036854775808M",
            "P-9223372036854775808D",
            "P-9223372036854775808Y-9223372036854775808M-9223372036854775808DT-2562047H",
        ])
    func past(text: String) throws {
        let (point, start) = (try Self.parse(text), Timestamp(seconds: -1_800_000_000))
        #expect(point.resolve(from: start) == Self.first)
        #expect(point.resolveExpiry(from: start) == Self.first)
    }

    @Test("instants of the years 1 to 9999 keep their order, and those in the range their value")
    func order() throws {
        var random = Seed.generator(for: "FarTimeTests.order")
        var times: [(year: Int, text: String, instant: Timestamp)] = []
        for year in 1...9_999 {
            func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
            let date = "-\(two(1 + random.index(below: 12)))-\(two(1 + random.index(below: 28)))"
            let clock = "T\(two(random.index(below: 24))):\(two(random.index(below: 60))):59"
            let years = String(repeating: "0", count: 4 - "\(year)".count) + "\(year)"
            let text = "\(years)\(date)\(clock).\(100 + random.index(below: 900))Z"
            times.append((year, text, try Self.parse(text).resolve(from: Self.now)))
        }
        for (before, after) in zip(times, times.dropFirst()) {
            #expect(before.instant <= after.instant, "\(before.text) \(after.text)")
        }
        for time in times where (1_678...2_261).contains(time.year) {
            let again = try Self.parse(time.instant.inUTC)
            #expect(try again == Self.parse(time.text), "\(time.text)")
        }
        let past = times.filter { $0.instant == Self.first && $0.year != 1_677 }
        #expect(past.map(\.year) == Array(1...1_676))
        #expect(times.filter { $0.instant == .latest }.map(\.year).first ?? 0 > 2_261)
    }

    @Test("a ttl and a due time are compared as they were written, not as they are held")
    func comparing() throws {
        let ends: [(due: String, ttl: String, isBefore: Bool)] = [
            ("9999-12-31T23:59:59Z", "9998-12-31T23:59:59Z", true),
            ("9998-12-31T23:59:59Z", "9999-12-31T23:59:59Z", false),
            ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z", false),
            ("9999-12-31T23:59:59Z", "2030-01-01T00:00:00Z", true),
            ("9999-12-31T23:59:59Z", "1h", false), ("9999-12-31T23:59:59Z", "-1ns", true),
            ("9999-12-31T23:59:59Z", "P1D", false), ("9999-12-31T23:59:59Z", "P-1D", true),
            ("0002-01-01T00:00:00Z", "0001-01-01T00:00:00Z", true),
            ("0001-01-01T00:00:00Z", "0002-01-01T00:00:00Z", false),
            ("0001-01-01T00:00:00Z", "1h", false), ("0001-01-01T00:00:00Z", "-1ns", true),
            ("P9000Y", "9999-12-31T23:59:59Z", true), ("P1Y", "9999-12-31T23:59:59Z", false),
        ]
        for end in ends {
            let (due, ttl) = (try Self.parse(end.due), try Self.parse(end.ttl))
            #expect(ttl.ends(before: due, from: Self.now) == end.isBefore, "\(end)")
        }
    }
}

@Suite("Jobs due beyond what nanoseconds reach")
struct FarJobTests {
    @Test("a ttl beyond what nanoseconds reach means never")
    func endlessTTL() throws {
        let definition = try Requests.definition(
            Requests.plain(schedule: "@daily", ttl: "9999-01-01T00:00:00Z"))
        #expect(definition.expiry == nil)
        #expect(definition.ttl == "9999-01-01T00:00:00Z")
    }

    @Test(
        "a due time beyond what nanoseconds reach is never due, whatever would follow",
        arguments: [nil, "@every 1s", "@every 0s", "@yearly", "0 0 0 29 2 *"])
    func farDueTime(schedule: String?) throws {
        let (text, repeats) = ("9999-12-31T23:59:59.999999999Z", schedule.map { _ in UInt32(5) })
        let definition = try Requests.definition(
            Requests.plain(
                schedule: schedule, dueTime: text, ttl: schedule.map { _ in "1h" },
                repeats: repeats))
        #expect(definition.dueTime == text)
        #expect((definition.anchor, definition.firstDue) == (.latest, .latest))
        #expect(definition.expiry == nil)
    }

    @Test("a due time near the end of time may be the last tick of its schedule")
    func nearTheEnd() throws {
        let request = Requests.plain(schedule: "@yearly", dueTime: "2262-03-01T00:00:00Z")
        let definition = try Requests.definition(request)
        let due = try #require(definition.firstDue)
        #expect(try definition.tickRule().following(tick: 1, due: due, in: [:]) == .expired)
    }

    @Test("a due time before what nanoseconds reach is due at once, a ttl counts from there")
    func farPast() throws {
        let first = Timestamp(nanoseconds: .min + 1)
        let once = try Requests.definition(Requests.plain(dueTime: "1600-02-29T00:00:00Z"))
        #expect((once.anchor, once.firstDue) == (first, first))
        #expect(once.dueTime == "1600-02-29T00:00:00Z")
        let hour = try Requests.definition(
            Requests.plain(schedule: "@every 1m", dueTime: "0001-01-01T00:00:00Z", ttl: "1h"))
        #expect(hour.expiry == first.adding(nanoseconds: 3_600_000_000_000))
        let gone = try Requests.definition(
            Requests.plain(schedule: "@every 1m", ttl: "0001-01-01T00:00:00Z"))
        #expect((gone.firstDue, gone.expiry) == (nil, first))
    }
}
