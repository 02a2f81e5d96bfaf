/// How values are spread: how many of them lie at or below each of some fixed bounds.
package struct Histogram: Equatable, Sendable {
    /// Ascending and finite; above the last there is one more bucket, without a bound.
    package let bounds: [Double]
    package private(set) var sum = 0.0
    /// Of each bucket alone.
    private var counts: [UInt64]

    package init(bounds: [Double]) {
        precondition(
            bounds.allSatisfy(\.isFinite) && zip(bounds, bounds.dropFirst()).allSatisfy(<),
            "bounds of a histogram ascend: \(bounds)")
        self.bounds = bounds
        counts = [UInt64](repeating: 0, count: bounds.count + 1)
    }

    /// A value on a bound lies below it.
    package mutating func observe(_ value: Double) {
        var bucket = 0
        while bucket < bounds.count, value > bounds[bucket] { bucket += 1 }
        counts[bucket] += 1
        sum += value
    }

    package var count: UInt64 { counts.reduce(0, +) }

    /// How many values lie at or below each bound; the last is infinity, so all of them.
    package var buckets: [(bound: Double, count: UInt64)] {
        var total: UInt64 = 0
        return zip(bounds + [.infinity], counts).map { bound, count in
            total += count
            return (bound, total)
        }
    }
}
