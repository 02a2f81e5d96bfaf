// The time axis of a picture, broken into rows of equal length, and the instants at which it is labelled.

import EventLog
import Jobs

/// Time from left to right, in one or more rows.
struct TimelineAxis {
    static let left = 84.0
    static let right = 1_184.0
    static let ticksPerRow = 50
    private static let rowsMax = 20
    private static let labelsMax = 8

    /// The span of time drawn in one row.
    struct Row {
        let from, to: Timestamp

        /// The position of `instant` in pixels; outside the edges if it is not in this row.
        func x(_ instant: Timestamp) -> Double {
            let width = TimelineAxis.right - TimelineAxis.left
            let part =
                Double(instant.nanoseconds(since: from)) / Double(to.nanoseconds(since: from))
            return TimelineAxis.left + width * min(max(part, -4), 5)
        }

        /// Whether it overlaps `begin` to `end`.
        func meets(_ begin: Timestamp, _ end: Timestamp) -> Bool { begin <= to && end >= from }
    }

    let rows: [Row]
    /// Nanoseconds between two labels.
    let step: Int64

    /// An axis from `begin` to `end` with a small margin at both ends, for `ticks` ticks.
    init(from begin: Timestamp, to end: Timestamp, ticks: Int) {
        let length = max(end.nanoseconds(since: begin), Timestamp.nanosecondsPerSecond)
        let count = min(max((ticks + Self.ticksPerRow - 1) / Self.ticksPerRow, 1), Self.rowsMax)
        let space = length / Int64(50 * count)
        let start = begin.clampedAdding(nanoseconds: -space)
        let part = length.clampedAdding(2 * space) / Int64(count)
        rows = (0..<count).map {
            let from = start.clampedAdding(nanoseconds: part * Int64($0))
            return Row(from: from, to: from.clampedAdding(nanoseconds: part))
        }
        step = Self.steps.first { part / $0 < Int64(Self.labelsMax) } ?? part
    }

    /// The labelled instants of a row: whole multiples of the step, in UTC.
    func labels(of row: Row) -> [(at: Timestamp, text: String)] {
        let first = row.from.rawValue / step * step
        return (0...Int64(Self.labelsMax + 1)).map {
            Timestamp(rawValue: first).clampedAdding(nanoseconds: step * $0)
        }.filter { $0 >= row.from && $0 <= row.to }.map { ($0, Self.text($0, step: step)) }
    }

    /// The time of day; at midnight the date.
    static func text(_ instant: Timestamp, step: Int64) -> String {
        let whole = InstantText.utc(instant)
        let (date, time) = (whole.prefix(10), whole.dropFirst(11).dropLast())
        if time == "00:00:00" { return String(date) }
        return String(step % minute == 0 ? time.prefix(5) : time)
    }

    private static let second = Timestamp.nanosecondsPerSecond
    private static let minute = 60 * second
    private static let hour = 60 * minute
    private static let day = 24 * hour

    private static let steps: [Int64] =
        [1, 2, 5, 10, 20, 50, 100, 200, 500].map { $0 * 1_000_000 }
        + [1, 2, 5, 10, 15, 30].map { $0 * second }
        + [1, 2, 5, 10, 15, 30].map { $0 * minute } + [1, 2, 3, 6, 12].map { $0 * hour }
        + [1, 2, 7, 14, 28, 91, 182, 365, 1_461, 3_653, 14_610].map { $0 * day }
}
