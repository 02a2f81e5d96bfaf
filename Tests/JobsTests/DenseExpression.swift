// Another way to find occurrences, for comparison: a clock that counts single seconds, and
// expressions kept as the lists their texts were made from.

import EventLog
import TestSupport

/// A calendar that only knows how to move on by one second.
struct NaiveClock {
    private(set) var timestamp: Timestamp
    private var year: Int
    private(set) var month: Int
    private(set) var day: Int
    private(set) var hour: Int
    private(set) var minute: Int
    private(set) var second: Int
    /// 0 is Sunday.
    private(set) var weekday: Int

    /// A minute before some midnights that some program once got wrong.
    static let starts = [
        NaiveClock(day: 946_598_400, 1999, 12, 31, weekday: 5),
        NaiveClock(day: 951_696_000, 2000, 2, 28, weekday: 1),
        NaiveClock(day: 1_798_675_200, 2026, 12, 31, weekday: 4),
        NaiveClock(day: 1_835_308_800, 2028, 2, 28, weekday: 1),
        NaiveClock(day: 4_107_456_000, 2100, 2, 28, weekday: 0),
        NaiveClock(day: -86_400, 1969, 12, 31, weekday: 3),
    ]

    private init(day start: Int64, _ year: Int, _ month: Int, _ day: Int, weekday: Int) {
        (self.year, self.month, self.day) = (year, month, day)
        (hour, minute, second) = (23, 59, 0)
        self.weekday = weekday
        timestamp = Timestamp(seconds: start + 86_340)
    }

    mutating func advance() {
        timestamp = Timestamp(nanoseconds: timestamp.rawValue + 1_000_000_000)
        second += 1
        guard second == 60 else { return }
        (second, minute) = (0, minute + 1)
        guard minute == 60 else { return }
        (minute, hour) = (0, hour + 1)
        guard hour == 24 else { return }
        (hour, day, weekday) = (0, day + 1, (weekday + 1) % 7)
        let isLeap = [2000, 2028].contains(year)
        let lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        guard day > lengths[month - 1] else { return }
        (day, month) = (1, month + 1)
        guard month == 13 else { return }
        (month, year) = (1, year + 1)
    }
}

/// A random cron expression that is due often enough for a search by seconds.
struct DenseExpression {
    private var fields: [[Bool]] = []
    private var isStar: [Bool] = []
    let text: String

    init(using generator: inout SeededGenerator) {
        let ranges = [0...59, 0...59, 0...23, 1...31, 1...12, 0...6]
        var texts = [String]()
        for (index, range) in ranges.enumerated() {
            // Few seconds match, so that a day does not have 86,400 occurrences.
            var items = [String]()
            var values = [Bool](repeating: false, count: 64)
            var hasStar = false
            let count = index < 2 ? 1 : 1 + generator.index(below: 3)
            for _ in 0..<count {
                let item = Self.item(in: range, isSparse: index < 2, using: &generator)
                items.append(item.text)
                hasStar = hasStar || item.isStar
                for value in item.values { values[value] = true }
            }
            texts.append(items.joined(separator: ","))
            fields.append(values)
            isStar.append(hasStar)
        }
        text = texts.joined(separator: " ")
    }

    func matches(_ clock: NaiveClock) -> Bool {
        guard fields[0][clock.second], fields[1][clock.minute], fields[2][clock.hour],
            fields[4][clock.month]
        else { return false }
        let (month, week) = (fields[3][clock.day], fields[5][clock.weekday])
        return isStar[3] || isStar[5] ? month && week : month || week
    }

    private static func item(
        in range: ClosedRange<Int>, isSparse: Bool, using generator: inout SeededGenerator
    ) -> (text: String, values: [Int], isStar: Bool) {
        let first = range.lowerBound + generator.index(below: range.count)
        if isSparse {
            let step = 20 + generator.index(below: 20)
            let values = Array(stride(from: first, through: range.upperBound, by: step))
            return ("\(first)/\(step)", values, false)
        }
        switch generator.index(below: 4) {
        case 0, 1:
            return (generator.coin() ? "*" : "?", Array(range), true)
        case 2:
            let step = 2 + generator.index(below: 2)
            return (
                "*/\(step)",
                Array(stride(from: range.lowerBound, through: range.upperBound, by: step)), false
            )
        default:
            let last = first + generator.index(below: range.upperBound - first + 1)
            return ("\(first)-\(last)", Array(first...last), false)
        }
    }
}
