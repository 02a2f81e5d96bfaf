// Hostile schedules: valid, nearly valid and damaged, in real and absurd zones, from every instant
// a timestamp can be. Nothing may trap, every error must name its field, and occurrences must
// ascend.

import EventLog
import Foundation
import Jobs
import TestSupport
import Testing

@Suite("Reading hostile schedules")
struct ScheduleFuzzTests {
    @Test("20,000 texts, a million in a long run, are refused with reason, or go forward in time")
    func texts() throws {
        let isLong = ProcessInfo.processInfo.environment["DAYBOOK_LONG_TESTS"] != nil
        let count = isLong ? 1_000_000 : 20_000
        var texts = ScheduleTexts(generator: Seed.generator(for: "hostile schedules"))
        var judge = try ScheduleJudge()
        for _ in 0..<count {
            let text = texts.next()
            judge.check(text, using: &texts)
        }
        #expect(judge.failures == [])
        // Every outcome of parsing and searching must occur.
        for verdict in ScheduleJudge.Verdict.allCases {
            #expect(judge.counts[verdict, default: 0] > count / 400, "\(verdict)")
        }
    }
}

/// Counts the kinds of results, and keeps the texts that break a law.
private struct ScheduleJudge {
    enum Verdict: CaseIterable {
        case interval, utc, zoned, due, neverDue, withoutRules
        case notSixFields, badField, badInterval, negativeInterval, unknownName, badZone,
            zonedInterval, noSchedule
    }

    private(set) var counts: [Verdict: Int] = [:]
    private(set) var failures: [String] = []
    private let zones: ZoneTables

    init() throws {
        var zones = try TestFile.zones(
            "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "Africa/Casablanca")
        // Two days forward or back every six hours, twice a year for ever, and never.
        var busy = TZifWriter()
        busy.types = [93_599, -89_999].map { TZifWriter.LocalType(offset: $0) }
        for index in 0..<500 {
            busy.transitions.append(
                (ScheduleTexts.busyStart + Int64(index) * 21_600, UInt8(index % 2)))
        }
        zones["Absurd/Busy"] = try busy.table()
        zones["Absurd/Leaps"] = try TZifWriter(footer: "AAA24:59:59BBB-24:59:59,0/-167,J180/167")
            .table()
        zones["Absurd/East"] = try TZifWriter(footer: "AAA-24:59:59").table()
        self.zones = zones
    }

    mutating func check(_ text: String, using texts: inout ScheduleTexts) {
        let read = Self.read(text)
        // A copy in its own memory, so that the result does not depend on the string's storage.
        let copy = String(decoding: Array(text.utf8), as: UTF8.self)
        var isLawful = read == Self.read(copy)
        switch read {
        case .success(let schedule):
            count(Self.verdict(on: schedule))
            for _ in 0..<3 {
                let start = texts.instant(in: schedule.zone.flatMap { zones[$0] })
                isLawful = goesForward(schedule, from: start) && isLawful
            }
        case .failure(let error):
            count(Self.verdict(on: error))
            isLawful = isLawful && error.field == "schedule" && !error.reason.isEmpty
        }
        if !isLawful { failures.append(text) }
    }

    private mutating func goesForward(_ schedule: Schedule, from start: Timestamp) -> Bool {
        let next = schedule.next(after: start, in: zones)
        switch schedule {
        case .every(let nanoseconds):
            return nanoseconds >= 0 && next == start.adding(nanoseconds: nanoseconds)
        case .cron(_, let zone):
            if let zone, zones[zone] == nil {
                count(.withoutRules)
                return next == nil
            }
            count(next == nil ? .neverDue : .due)
            return next.map { $0 > start && $0.rawValue % 1_000_000_000 == 0 } ?? true
        }
    }

    private mutating func count(_ verdict: Verdict) { counts[verdict, default: 0] += 1 }

    private static func read(_ text: String) -> Result<Schedule, InvalidField> {
        Result { () throws(InvalidField) in try Schedule.parse(text) }
    }

    private static func verdict(on schedule: Schedule) -> Verdict {
        switch schedule {
        case .every: .interval
        case .cron(_, let zone): zone == nil ? .utc : .zoned
        }
    }

    private static func verdict(on error: InvalidField) -> Verdict {
        let beginnings: [(String, Verdict)] = [
            ("expected exactly 6 fields", .notSixFields), ("the interval of", .negativeInterval),
            ("failed to parse duration", .badInterval), ("unrecognized", .unknownName),
            ("provided bad location", .badZone), ("timezone is not supported", .zonedInterval),
            ("timezone prefix", .noSchedule), ("empty", .noSchedule),
        ]
        return beginnings.first { error.reason.hasPrefix($0.0) }?.1 ?? .badField
    }
}

/// A source of valid and invalid schedules, and of instants to start from.
private struct ScheduleTexts {
    /// 2027-01-01.
    static let busyStart: Int64 = 1_798_761_600

    private var generator: SeededGenerator

    init(generator: SeededGenerator) { self.generator = generator }

    mutating func next() -> String {
        let text = undamaged()
        guard generator.chance(oneIn: 4) else { return text }
        var bytes = Array(text.utf8)
        for _ in 0...generator.index(below: 3) { generator.damage(&bytes, junk: Self.junk) }
        // Bytes that are not UTF-8 become U+FFFD, three bytes.
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Any instant, including the ends of the range and, in a zone, the seconds around a change of
    /// its offset.
    mutating func instant(in zone: ZoneTable?) -> Timestamp {
        let second = Int64(generator.index(below: 5_000_000_000))
        switch generator.index(below: 8) {
        case 0: return Timestamp(nanoseconds: .min + Int64(generator.index(below: 3)))
        case 1: return Timestamp(nanoseconds: .max - Int64(generator.index(below: 3)))
        case 2: return Timestamp(nanoseconds: Int64(bitPattern: generator.next()))
        case 3: return Timestamp(nanoseconds: Self.busyStart * 1_000_000_000 - 1)
        default:
            let end = min(zone?.period(at: second).end ?? second, second + 1_000_000_000)
            return Timestamp(seconds: end + Int64(generator.index(below: 5)) - 2)
        }
    }

    private mutating func undamaged() -> String {
        switch generator.index(below: 16) {
        case 0...5: return cron()
        case 6...10: return prefix() + generator.element(of: Self.spaces) + cron()
        case 11:
            return prefix() + generator.element(of: Self.spaces) + generator.element(of: Self.names)
        case 12, 13: return interval()
        case 14: return generator.element(of: Self.names)
        default:
            return generator.element(of: [
                "0 0 0 30 2 *", "TZ=Absurd/Busy 0 0 0 31 4 *", "59 59 23 29 2 6", prefix(),
                prefix() + " " + interval(), prefix() + "  " + interval(), ", * * * * *", "",
            ])
        }
    }

    private mutating func prefix() -> String {
        generator.element(of: ["TZ=", "CRON_TZ="])
            + generator.element(of: generator.chance(oneIn: 4) ? Self.strangeZones : Self.zones)
    }

    private mutating func interval() -> String {
        var text = "@every " + generator.element(of: ["", "", "", "-"])
        for _ in 0...generator.index(below: 3) {
            text +=
                "\(number(below: 100))"
                + generator.element(of: ["ns", "µs", "ms", "s", "m", "h", "d"])
        }
        return text
    }

    private mutating func cron() -> String {
        var fields = [String]()
        for index in Self.ranges.indices {
            var items = [String]()
            for _ in 0...generator.index(below: generator.chance(oneIn: 50) ? 60 : 2) {
                items.append(item(index))
            }
            fields.append(generator.chance(oneIn: 3) ? "*" : items.joined(separator: ","))
        }
        if generator.chance(oneIn: 20) { fields.removeLast(1 + generator.index(below: 3)) }
        if generator.chance(oneIn: 40) { fields.append("*") }
        return fields.joined(
            separator: generator.chance(oneIn: 10) ? generator.element(of: Self.spaces) : " ")
    }

    private mutating func item(_ index: Int) -> String {
        let step = generator.chance(oneIn: 3) ? "/\(number(below: 40))" : ""
        switch generator.index(below: 12) {
        case 0: return ""
        case 1...3: return generator.element(of: ["*", "?", "*-7"]) + step
        case 4...6: return value(index) + step
        default:
            let range = Self.ranges[index]
            let first = range.lowerBound + generator.index(below: range.count)
            let last = first + generator.index(below: range.upperBound - first + 1)
            return "\(first)-\(last)" + step
        }
    }

    private mutating func value(_ index: Int) -> String {
        let range = Self.ranges[index]
        if generator.chance(oneIn: 12) {
            return generator.element(of: ["60", "0", "-1", "+5", "007", "1e3"])
        }
        if index >= 4, generator.coin() { return generator.element(of: Self.valueNames[index - 4]) }
        return "\(range.lowerBound + generator.index(below: range.count))"
    }

    /// Sometimes more than 64 bits hold.
    private mutating func number(below bound: Int) -> String {
        generator.chance(oneIn: 40) ? Self.huge : "\(generator.index(below: bound))"
    }
}

extension ScheduleTexts {
    private static let ranges = [0...59, 0...59, 0...23, 1...31, 1...12, 0...6]
    private static let valueNames = [
        ["jan", "FEB", "Mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
        ["sun", "MON", "Tue", "wed", "thu", "fri", "sat"],
    ]
    private static let zones = [
        "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "Africa/Casablanca",
        "Absurd/Busy", "Absurd/Leaps", "Absurd/East",
    ]
    private static let strangeZones = [
        "", "UTC", "Etc/Unknown", "Local", "../etc/passwd", "/", "Europe//Berlin", "é",
        String(repeating: "a", count: 256),
    ]
    private static let names = [
        "@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly", "@now",
        "@every", "@Daily",
    ]
    private static let spaces = [" ", "  ", "\t", "\n ", "\u{85}", "\u{2003}", "\u{3000}"]
    private static let huge = "99999999999999999999"
    private static let junk = [
        ",", "/", "-", "*", "?", "@", "=", " ", "\u{301}", "\u{0}", "🛎", "１", "\u{FEFF}", huge,
    ]
}
