// Counts durations by their number of binary digits and the four digits after the first: always 960
// counters, and percentiles that are at most a sixteenth too high.

/// A histogram of durations.
package struct DurationHistogram: Sendable, Equatable {
    private static let digits = 4
    private static let steps = 1 << digits

    private var counts = [Int](
        repeating: 0, count: (Int64.bitWidth - DurationHistogram.digits) * DurationHistogram.steps)
    package private(set) var count = 0
    private var longestNanoseconds: Int64 = 0

    package init() {}

    /// The longest duration, exact.
    package var longest: Duration { .nanoseconds(longestNanoseconds) }

    /// `nanoseconds` must not be negative.
    package mutating func add(_ nanoseconds: Int64) {
        counts[Self.place(of: nanoseconds)] += 1
        count += 1
        longestNanoseconds = max(longestNanoseconds, nanoseconds)
    }

    /// The duration that `percent` percent of all durations do not exceed; zero if there are none.
    package func percentile(_ percent: Int) -> Duration {
        let rank = (count * percent + 99) / 100
        var passed = 0
        for (place, number) in counts.enumerated() where number > 0 {
            passed += number
            if passed >= rank { return min(.nanoseconds(Self.last(in: place)), longest) }
        }
        return longest
    }

    private static func place(of nanoseconds: Int64) -> Int {
        let digits = Int64.bitWidth - nanoseconds.leadingZeroBitCount
        guard digits > Self.digits + 1 else { return Int(nanoseconds) }
        let shift = digits - Self.digits - 1
        return shift * steps + Int(nanoseconds >> shift)
    }

    /// The longest duration counted in `place`.
    private static func last(in place: Int) -> Int64 {
        guard place >= 2 * steps else { return Int64(place) }
        let shift = place / steps - 1
        let start = Int64(steps + place % steps) << shift
        return start + ((1 << shift) - 1)
    }
}
