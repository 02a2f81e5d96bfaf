// Laws of schedules in time zones, over all zones of the fixtures. The reference counts seconds:
// only the offset of a second comes from the zone's table, the local time comes from its own
// calendar, and matches from lists read from the text.

import EventLog
import Foundation
import Jobs
import TestSupport
import Testing

@Suite("Laws of schedules in time zones")
struct ZonedScheduleLawTests {
    private let repetitions =
        ProcessInfo.processInfo.environment["DAYBOOK_LONG_TESTS"] == nil ? 1 : 20

    @Test("around changes of the clock a search second by second finds the same")
    func secondBySecond() throws {
        var generator = Seed.generator(for: "changes of the clock")
        let day: Int64 = 86_400
        var compared = 0
        for zone in try LawZone.all() {
            for _ in 0..<6 * repetitions {
                let expression = Self.denseExpression(using: &generator)
                let schedule = try Schedule.parse("CRON_TZ=\(zone.name) \(expression)")
                let change = zone.change(using: &generator)
                var search = NaiveSearch(expression, in: zone.table, from: change - day)
                var last = Timestamp(seconds: change - day)
                while let second = search.next(before: change + day) {
                    let expected = Timestamp(seconds: second)
                    let next = schedule.next(after: last, in: zone.tables)
                    #expect(next == expected, "\(zone.name) \(expression) after \(last)")
                    last = expected
                    compared += 1
                }
                let next = schedule.next(after: last, in: zone.tables)
                #expect(
                    next.map { $0 >= Timestamp(seconds: change + day) } ?? true,
                    "\(zone.name) \(expression) after \(last)")
            }
        }
        #expect(compared > 3_000)
    }

    @Test("the next occurrence is later, and the same from every instant before it")
    func monotone() throws {
        var generator = Seed.generator(for: "order of occurrences")
        var due = 0
        for zone in try LawZone.all() {
            for _ in 0..<40 * repetitions {
                let text = Self.expression(using: &generator)
                let schedule = try Schedule.parse("TZ=\(zone.name) \(text)")
                let nearby = Int64(generator.index(below: 200_000)) - 100_000
                var at = Timestamp(seconds: zone.change(using: &generator) + nearby)
                for _ in 0..<10 {
                    guard let next = schedule.next(after: at, in: zone.tables) else { break }
                    let wait = next.rawValue - at.rawValue
                    #expect(wait > 0, "\(zone.name) \(text) after \(at)")
                    #expect(next.rawValue % 1_000_000_000 == 0)
                    guard wait > 0 else { break }
                    for waited in [1, Int64(generator.index(below: Int(wait))), wait - 1] {
                        let between = Timestamp(nanoseconds: at.rawValue + min(waited, wait - 1))
                        #expect(
                            schedule.next(after: between, in: zone.tables) == next,
                            "\(zone.name) \(text) after \(between), not only \(at)")
                    }
                    at = next
                    due += 1
                }
            }
        }
        #expect(due > 5_000)
    }

    @Test("a zone that never changes is UTC, so much earlier or later")
    func constantOffset() throws {
        var generator = Seed.generator(for: "constant offsets")
        var due = 0
        for index in 0..<1_000 * repetitions {
            // The smallest, the largest, none, and any.
            let offset =
                index < 3 ? [-89_999, 93_599, 0][index] : generator.index(below: 183_599) - 89_999
            var writer = TZifWriter()
            writer.types[0].offset = Int32(offset)
            let zones = ["Etc/Constant": try writer.table()]
            // More than four years between two occurrences: this shows where a search ends.
            let isRare = index % 4 == 3
            let text = isRare ? "0 0 0 29 2 *" : Self.expression(using: &generator)
            let (utc, zoned) = (
                try Schedule.parse(text), try Schedule.parse("TZ=Etc/Constant \(text)")
            )
            // Far enough from the ends of time for every offset and search.
            var at = Timestamp(nanoseconds: Int64(bitPattern: generator.next()) / 100 * 95)
            // Around the beginning of 2099, the fifth year before 2104; 2100 is no leap year.
            if isRare {
                at = Timestamp(
                    seconds: 4_070_908_800 + Int64(generator.index(below: 200_000)) - 100_000)
            }
            let shift = Int64(offset) * 1_000_000_000
            for _ in 0..<10 {
                let local = Timestamp(nanoseconds: at.rawValue + shift)
                let expected = utc.next(after: local, in: [:]).map {
                    Timestamp(nanoseconds: $0.rawValue - shift)
                }
                let next = zoned.next(after: at, in: zones)
                #expect(next == expected, "\(text) after \(at) at \(offset)")
                guard let next else { break }
                at = next
                due += 1
            }
        }
        #expect(due > 5_000)
    }

    @Test("a file that writes changes down means the same as one that leaves them to its rule")
    func fatAndSlim() throws {
        var fatterCount = 0
        for zone in try LawZone.all() {
            let periods = zone.table.periods
            var writer = TZifWriter()
            writer.footer = zone.footer
            var offsets = [Int64]()
            // The last irregular changes are those of Gaza and Morocco, until 2087.
            for period in periods where period.start < 4_102_444_800 {
                if !offsets.contains(period.offset) { offsets.append(period.offset) }
                let type = UInt8(offsets.firstIndex(of: period.offset) ?? 0)
                if period.start > .min { writer.transitions.append((period.start, type)) }
            }
            writer.types = offsets.map { TZifWriter.LocalType(offset: Int32($0)) }
            #expect(try writer.table() == zone.table, "\(zone.name)")
            if writer.bytes.count > zone.tzif.count { fatterCount += 1 }
        }
        #expect(fatterCount > 10)
    }

    /// Half of them include the times at which clocks change.
    private static func denseExpression(using generator: inout SeededGenerator) -> String {
        let text = DenseExpression(using: &generator).text
        if generator.coin() { return text }
        return (["0", "*/15"] + text.split(separator: " ").dropFirst(2)).joined(separator: " ")
    }

    /// Often due, or once a day, a month, a year.
    private static func expression(using generator: inout SeededGenerator) -> String {
        let texts = [
            "@hourly", "@daily", "@weekly", "@monthly", "0 30 2 * * *", "59 59 1 * * 0",
            "0 0 0 29 * fri", "0 0 12 1 1 *",
        ]
        let index = generator.index(below: 2 * texts.count)
        return index < texts.count ? texts[index] : DenseExpression(using: &generator).text
    }
}

/// A zone of the fixtures.
private struct LawZone {
    let name: String
    let tzif: [UInt8]
    let table: ZoneTable
    let tables: ZoneTables
    private let changes: [Int64]

    static func all() throws -> [LawZone] {
        let url = Bundle.module.bundleURL.appendingPathComponent("Fixtures/zoneinfo")
        let paths = try FileManager.default.subpathsOfDirectory(atPath: url.path)
        // Sorted, so that a seed repeats a run on every machine: the order of a directory varies.
        return try paths.filter { $0.contains("/") }.sorted().map(LawZone.init)
    }

    private init(_ name: String) throws {
        let rules = try TestFile.zone(name)
        self.name = name
        tzif = rules.tzif
        table = try rules.table()
        tables = [name: table]
        changes = table.periods.dropFirst().map(\.start)
    }

    /// The rule at the end of the file.
    var footer: String {
        let lines = tzif.dropLast().split(
            separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        return String(decoding: lines.last ?? [], as: UTF8.self)
    }

    /// When the clock is changed: in every second case before 2038, where changes are irregular.
    func change(using generator: inout SeededGenerator) -> Int64 {
        let past = changes.prefix { $0 < 2_145_916_800 }
        let choices = generator.coin() ? past : changes[...]
        return choices[generator.index(below: choices.count)]
    }
}

/// Examines every second.
private struct NaiveSearch {
    private let table: ZoneTable
    private let fields: [[Bool]]
    private let isEitherDay: Bool
    private var second: Int64
    private var period: ZoneTable.Period
    private var calendar = NaiveCalendar()

    /// `text` must have the forms that `values` reads. The first second examined is the one after
    /// `start`.
    init(_ text: String, in table: ZoneTable, from start: Int64) {
        let texts = text.split(separator: " ")
        let ranges = [0...59, 0...59, 0...23, 1...31, 1...12, 0...6]
        fields = zip(texts, ranges).map { text, range in
            let values = text.split(separator: ",").flatMap { Self.values(of: $0, in: range) }
            return (0..<64).map(values.contains)
        }
        isEitherDay = ![texts[3], texts[5]].contains { text in
            text.split(separator: ",").contains { $0 == "*" || $0 == "?" }
        }
        self.table = table
        second = start
        period = table.period(at: start)
    }

    mutating func next(before end: Int64) -> Int64? {
        while second + 1 < end {
            second += 1
            if second >= period.end { period = table.period(at: second) }
            if matches(second + period.offset) { return second }
        }
        return nil
    }

    private mutating func matches(_ local: Int64) -> Bool {
        // Adds a multiple of a day, so that the value is positive and needs no rounding down.
        let positive = Int(local) + 200_000 * 86_400
        guard fields[0][positive % 60], fields[1][positive / 60 % 60],
            fields[2][positive / 3_600 % 24]
        else { return false }
        let date = calendar.date(ofDay: positive / 86_400 - 200_000)
        guard fields[4][date.month] else { return false }
        let (byMonth, byWeek) = (fields[3][date.day], fields[5][date.weekday])
        return isEitherDay ? byMonth || byWeek : byMonth && byWeek
    }

    /// "*", "?", "*/step", "first/step", "first-last" or "value".
    private static func values(of item: Substring, in range: ClosedRange<Int>) -> [Int] {
        let parts = item.split(separator: "/")
        let bounds = parts[0].split(separator: "-").map { Int($0) }
        let first = bounds.first.flatMap { $0 } ?? range.lowerBound
        let isValue = parts.count == 1 && bounds.first != .some(nil)
        let last = bounds.count == 2 ? bounds[1] ?? first : isValue ? first : range.upperBound
        let step = parts.count == 2 ? Int(parts[1]) ?? 1 : 1
        return Array(stride(from: first, through: last, by: step))
    }
}

/// Counts years and months from 1970; caches the last day requested.
private struct NaiveCalendar {
    struct Day {
        var number: Int
        var month: Int
        var day: Int
        /// 0 is Sunday.
        var weekday: Int
    }

    private var last = Day(number: 0, month: 1, day: 1, weekday: 4)

    mutating func date(ofDay number: Int) -> Day {
        if last.number != number { last = Self.count(to: number) }
        return last
    }

    private static func count(to number: Int) -> Day {
        var (year, rest) = (1970, number)
        while rest < 0 {
            year -= 1
            rest += months(of: year).reduce(0, +)
        }
        var month = 0
        while rest >= months(of: year)[month] {
            rest -= months(of: year)[month]
            month += 1
            if month == 12 { (year, month) = (year + 1, 0) }
        }
        // Adds a multiple of 7, so that the value is positive.
        let weekday = (number + 4 + 700_000) % 7
        return Day(number: number, month: month + 1, day: rest + 1, weekday: weekday)
    }

    private static func months(of year: Int) -> [Int] {
        let isLeap = year % 400 == 0 || year % 4 == 0 && year % 100 != 0
        return [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    }
}
