/// Offsets, each in force from its change to the next. Changes ascend, neighbours have different
/// offsets, and the first applies to all time before the second.
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

    /// The possible offsets from UTC: more than -25 hours and less than 26.
    static let offsets: ClosedRange<Int32> = -89_999...93_599

    /// The seconds within the range of a `Timestamp`.
    static let seconds: ClosedRange<Int64> = {
        let (first, last) = (second(ofNanoseconds: .min), second(ofNanoseconds: .max))
        return first...last
    }()

    package private(set) var changes: [Change]

    init(_ offset: Int32) {
        changes = [Change(start: .min, offset: offset)]
    }

    /// The timeline with these changes; `nil` if they are not valid.
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

    /// Puts `offset` in force from `start` on, replacing later changes. Changes outside the range
    /// of `Timestamp` are not kept.
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
        // The first change also covers all time before the range of timestamps.
        let isBeforeAll = start <= Self.seconds.lowerBound
        for change in other.changes where isBeforeAll || change.start > start {
            set(change.offset, from: change.start)
        }
    }

    /// The index of the change in force at `second`.
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
