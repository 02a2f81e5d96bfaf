// Hostile time strings: parts of all three forms, combined correctly and incorrectly, and then
// damaged. Nothing may trap, and every error must name its field.

import EventLog
import Foundation
import Jobs
import TestSupport
import Testing

@Suite("Reading hostile time strings")
struct TimeFuzzTests {
    @Test("20,000 texts, a million in a long run, are read alike each time or refused with reason")
    func texts() {
        let isLong = ProcessInfo.processInfo.environment["DAYBOOK_LONG_TESTS"] != nil
        let count = isLong ? 1_000_000 : 20_000
        var texts = TimeTexts(generator: Seed.generator(for: "time strings"))
        var judge = TimeJudge()
        for index in 0..<count {
            judge.check(texts.next(), field: index.isMultiple(of: 2) ? "dueTime" : "ttl")
        }
        #expect(judge.failures == [])
        // Every outcome of parsing must occur.
        for verdict in TimeJudge.Verdict.allCases {
            #expect(judge.counts[verdict, default: 0] > count / 200, "\(verdict)")
        }
    }
}

/// Counts the kinds of results, and keeps the texts that break a law.
private struct TimeJudge {
    enum Verdict: CaseIterable {
        case instant, span, calendarSpan, never, notRecognized, tooLong, repeated
    }

    private(set) var counts: [Verdict: Int] = [:]
    private(set) var failures: [String] = []

    private static let starts = [
        Timestamp.earliest, Timestamp(nanoseconds: -1), Timestamp(seconds: 1_800_000_000), .latest,
    ]

    mutating func check(_ text: String, field: String) {
        let read = Self.read(text, field)
        // A copy in its own memory, so that the result does not depend on the string's storage.
        let copy = String(decoding: Array(text.utf8), as: UTF8.self)
        var isLawful = read == Self.read(copy, field)
        switch read {
        case .success(let point):
            count(Self.verdict(on: point))
            for start in Self.starts { isLawful = resolves(point, from: start) && isLawful }
        case .failure(let error):
            count(Self.verdict(on: error))
            isLawful = isLawful && Self.isTold(error, field)
        }
        if !isLawful { failures.append(text) }
    }

    /// Whether a due time and an expiry agree on where `point` lies.
    private mutating func resolves(_ point: PointInTime, from start: Timestamp) -> Bool {
        let due = point.resolve(from: start)
        if due == .latest { count(.never) }
        return due > .earliest && point.resolveExpiry(from: start) == due.ifEver
    }

    private mutating func count(_ verdict: Verdict) { counts[verdict, default: 0] += 1 }

    private static func read(_ text: String, _ field: String) -> Result<PointInTime, InvalidField> {
        Result { () throws(InvalidField) in try PointInTime.parse(text, field: field) }
    }

    private static func isTold(_ error: InvalidField, _ field: String) -> Bool {
        error.field == field && !error.reason.isEmpty
    }

    private static func verdict(on point: PointInTime) -> Verdict {
        switch point {
        case .absolute: .instant
        case .relative: .span
        case .relativeByCalendar: .calendarSpan
        }
    }

    private static func verdict(on error: InvalidField) -> Verdict {
        if error.reason.hasPrefix("repeats") { return .repeated }
        return error.reason.contains("expected") ? .notRecognized : .tooLong
    }
}

/// A source of valid and invalid time strings.
private struct TimeTexts {
    private var generator: SeededGenerator

    init(generator: SeededGenerator) { self.generator = generator }

    private static let junk = [
        "é", "１", "µ", "\u{3BC}s", "\u{301}", "\u{0}", "🛎", "\u{FEFF}", "Ｐ", " ", "\n", "\"", "-",
        "+", ".", ",", "/", ":", "Z", "T", "P", "R", "R3/", "_", "x", "99999999999999999999",
    ]

    mutating func next() -> String {
        var text = undamaged()
        if generator.index(below: 3) == 0 {
            var bytes = Array(text.utf8)
            for _ in 0...generator.index(below: 3) { generator.damage(&bytes, junk: Self.junk) }
            // Bytes that are not UTF-8 become U+FFFD, three bytes.
            text = String(decoding: bytes, as: UTF8.self)
        }
        return text
    }

    private mutating func undamaged() -> String {
        switch generator.index(below: 10) {
        case 0...2: instant()
        case 3...5: goDuration()
        case 6...8: isoDuration()
        default: generator.element(of: Self.junk) + instant() + goDuration() + isoDuration()
        }
    }

    private mutating func instant() -> String {
        let date = "\(padded(10_000, 4))-\(padded(13, 2))-\(padded(32, 2))"
        let time = "\(padded(25, 2)):\(padded(61, 2)):\(padded(61, 2))"
        let fraction =
            generator.chance(oneIn: 3) ? generator.element(of: [".", ","]) + digits(12) : ""
        let offset = "\(generator.element(of: ["+", "-"]))\(padded(26, 2)):\(padded(62, 2))"
        return "\(date)T\(time)\(fraction)\(generator.coin() ? "Z" : offset)"
    }

    private mutating func goDuration() -> String {
        var text = generator.element(of: ["", "", "-", "+"])
        for _ in 0...generator.index(below: 4) {
            text += magnitude()
            if generator.chance(oneIn: 4) { text += "." + digits(25) }
            text += generator.element(of: [
                "ns", "us", "µs", "\u{3BC}s", "ms", "s", "m", "h", "h", "d",
            ])
        }
        return text
    }

    private mutating func isoDuration() -> String {
        var text =
            generator.chance(oneIn: 4) ? "R\(number())\(generator.element(of: ["/", "/", ""]))" : ""
        text += "P" + parts(["Y", "M", "W", "D"])
        if generator.coin() { text += "T" + parts(["H", "M", "S"]) }
        if generator.chance(oneIn: 30) { text += "T" + parts(["Y", "M", "D", "H", "S", "T"]) }
        return text
    }

    private mutating func parts(_ units: [String]) -> String {
        var text = ""
        for _ in 0..<generator.index(below: 4) { text += number() + generator.element(of: units) }
        return text
    }

    /// With a sign, perhaps.
    private mutating func number() -> String {
        generator.element(of: ["", "", "", "-", "+"]) + magnitude()
    }

    /// From one digit to more than 64 bits hold; sometimes none at all.
    private mutating func magnitude() -> String {
        switch generator.index(below: 24) {
        case 0: ""
        case 1: digits(60)
        case 2: "9223372036854775807"
        case 3: "9223372036854775808"
        case 4: "\(generator.next())"
        case 5: "\(generator.next() >> 1)"
        case 6: "000\(generator.index(below: 100))"
        case 7...9: "\(generator.index(below: 1_000_000))"
        default: "\(generator.index(below: 100))"
        }
    }

    /// One to `countMax` digits.
    private mutating func digits(_ countMax: Int) -> String {
        var text = ""
        for _ in 0...generator.index(below: countMax) { text += "\(generator.index(below: 10))" }
        return text
    }

    /// A number below `bound` with leading zeros.
    private mutating func padded(_ bound: Int, _ width: Int) -> String {
        let text = "\(generator.index(below: bound))"
        return String(repeating: "0", count: max(0, width - text.count)) + text
    }
}
