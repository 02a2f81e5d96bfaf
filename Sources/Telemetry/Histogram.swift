/// The distribution of values: how many are at or below each of some fixed bounds.
package struct Histogram: Equatable, Sendable {
    /// Ascending and finite; one more bucket holds the values above the last bound.
    package let bounds: [Double]
    package private(set) var sum = 0.0
    /// The count of each bucket alone, not cumulative.
    private var counts: [UInt64]

    package init(bounds: [Double]) {
        precondition(
            bounds.allSatisfy(\.isFinite) && zip(bounds, bounds.dropFirst()).allSatisfy(<),
            "bounds of a histogram ascend: \(bounds)")
        self.bounds = bounds
        counts = [UInt64](repeating: 0, count: bounds.count + 1)
    }

    /// Counts a value; one equal to a bound is counted below it.
    package mutating func observe(_ value: Double) {
        var bucket = 0
        while bucket < bounds.count, value > bounds[bucket] { bucket += 1 }
        counts[bucket] += 1
        sum += value
    }

    package var count: UInt64 { counts.reduce(0, +) }

    /// How many values are at or below each bound; the last bound is infinity.
    package var buckets: [(bound: Double, count: UInt64)] {
        var total: UInt64 = 0
        return zip(bounds + [.infinity], counts).map { bound, count in
            total += count
            return (bound, total)
        }
    }
}
