/// Offsets, each from its change to the next. Changes ascend, no two neighbours have one offset, and
/// the first holds since ever.
package struct OffsetTimeline: Equatable, Sendable {
    package struct Change: Equatable, Sendable {
        /// Seconds since 1970 UTC.
        package let start: Int64
        /// Seconds to add to UTC.
        package let offset: Int32

        package init(start: Int64, offset: Int32) {
            self.start = start
            self.offset = offset
        }
    }

    /// What a zone can add to UTC: more than -25 hours and less than 26.
    static let offsets: ClosedRange<Int32> = -89_999...93_599

    /// The seconds that hold a `Timestamp`, 64 bits of nanoseconds.
    static let seconds: ClosedRange<Int64> = {
        let (first, last) = (second(ofNanoseconds: .min), second(ofNanoseconds: .max))
        return first...last
    }()

    package private(set) var changes: [Change]

    init(_ offset: Int32) {
        changes = [Change(start: .min, offset: offset)]
    }

    /// The timeline that had these changes; `nil` if none can have them.
    package init?(changes: [Change]) {
        guard let first = changes.first, first.start == .min, Self.offsets.contains(first.offset)
        else { return nil }
        for (last, change) in zip(changes, changes.dropFirst()) {
            guard change.start > max(last.start, Self.seconds.lowerBound),
                change.start <= Self.seconds.upperBound, change.offset != last.offset,
                Self.offsets.contains(change.offset)
            else { return nil }
        }
        self.changes = changes
    }

    /// Makes `offset` hold from `start` on, whatever was set for later. What no `Timestamp` can tell
    /// apart is not kept.
    mutating func set(_ offset: Int32, from start: Int64) {
        guard start <= Self.seconds.upperBound else { return }
        let start = start <= Self.seconds.lowerBound ? .min : start
        while let last = changes.last, last.start >= start { changes.removeLast() }
        if changes.last?.offset != offset {
            changes.append(Change(start: start, offset: offset))
        }
    }

    /// Takes all changes after `start` from `other`.
    mutating func follow(_ other: OffsetTimeline, after start: Int64) {
        // The first of them stands for all that came before there were timestamps.
        let isBeforeAll = start <= Self.seconds.lowerBound
        for change in other.changes where isBeforeAll || change.start > start {
            set(change.offset, from: change.start)
        }
    }

    /// Of the change in force at `second`.
    func index(at second: Int64) -> Int {
        var (index, end) = (0, changes.count)
        while end - index > 1 {
            let middle = index + (end - index) / 2
            if changes[middle].start <= second { index = middle } else { end = middle }
        }
        return index
    }

    private static func second(ofNanoseconds nanoseconds: Int64) -> Int64 {
        CivilCalendar.divide(nanoseconds, by: 1_000_000_000).quotient
    }
}
