import Telemetry
import Testing

@Suite("A histogram")
struct HistogramTests {
    @Test("counts values up to each bound, bounds included, and all of them at the end")
    func counts() {
        var histogram = Histogram(bounds: [1, 2.5, 10])
        for value in [0, 1, 1.5, 2.5, 2.6, 10, 10.1, 1_000] { histogram.observe(value) }
        #expect(histogram.buckets.map(\.bound) == [1, 2.5, 10, .infinity])
        #expect(histogram.buckets.map(\.count) == [2, 4, 6, 8])
        #expect(histogram.count == 8)
        #expect(histogram.sum == 1_027.7)
    }

    @Test("has nothing in it at first")
    func isEmpty() {
        let histogram = Histogram(bounds: [1])
        #expect(histogram.buckets.map(\.count) == [0, 0])
        #expect((histogram.count, histogram.sum) == (0, 0))
    }

    @Test("without bounds only counts and adds up")
    func hasNoBounds() {
        var histogram = Histogram(bounds: [])
        histogram.observe(3)
        #expect(histogram.buckets.map(\.count) == [1])
        #expect(histogram.sum == 3)
    }

    @Test("never counts less at a higher bound, whatever it was given")
    func isCumulative() {
        var histogram = Histogram(bounds: [-1, 0, 1, 2, 4, 8, 16])
        var value = 0.5
        for _ in 0..<1_000 {
            value = (value * 7.31).truncatingRemainder(dividingBy: 20) - 2
            histogram.observe(value)
            let counts = histogram.buckets.map(\.count)
            #expect(counts == counts.sorted())
            #expect(counts.last == histogram.count)
        }
        #expect(histogram.count == 1_000)
    }
}

@Suite("Growth")
struct GrowthTests {
    private static let day = Duration.seconds(86_400)

    @Test("says how many days are left at the rate since the start")
    func daysLeft() {
        let start = Duration.nanoseconds(5)
        let growth = Growth(used: 1_000, at: start)
        #expect(growth.daysLeft(free: 700, used: 1_100, at: start + GrowthTests.day) == 7)
        #expect(growth.daysLeft(free: 700, used: 1_100, at: start + GrowthTests.day / 2) == 3.5)
        #expect(growth.daysLeft(free: 0, used: 1_100, at: start + GrowthTests.day) == 0)
    }

    @Test("goes by the last day, not by what was before it")
    func lastDay() {
        var growth = Growth(used: 0, at: .zero)
        let hour = Duration.seconds(3_600)
        // A day of 1,000 an hour, then two of 10.
        var used = 0
        for hours in 1...72 {
            used += hours <= 24 ? 1_000 : 10
            growth.note(used: used, at: hour * hours)
        }
        #expect(growth.daysLeft(free: 2_400, used: used, at: hour * 72) == 10)
    }

    @Test("warns when less than a week is left, once a day, and not of what an hour has not shown")
    func warns() {
        let hour = Duration.seconds(3_600)
        var growth = Growth(used: 0, at: .zero)
        // What is forecast, when, and whether it is a warning. Before the last but one, room was made.
        let forecasts: [(daysLeft: Double?, at: Duration, isWarning: Bool)] = [
            (0.1, hour - .nanoseconds(1), false), (7, hour, false), (nil, hour, false),
            (6.9, hour, true), (6.8, hour * 24, false), (6, hour * 25, true),
            (30, hour * 26, false), (5, hour * 27, true),
        ]
        for forecast in forecasts {
            let isToWarn = growth.isToWarn(of: forecast.daysLeft, at: forecast.at)
            #expect(isToWarn == forecast.isWarning, "\(forecast)")
        }
    }

    @Test("says nothing in the first minute, nor when nothing was used")
    func isUnknown() {
        let growth = Growth(used: 1_000, at: .zero)
        let early = Growth.observedMin - .nanoseconds(1)
        #expect(growth.daysLeft(free: 700, used: 2_000, at: early) == nil)
        #expect(growth.daysLeft(free: 700, used: 2_000, at: Growth.observedMin) != nil)
        #expect(growth.daysLeft(free: 700, used: 1_000, at: GrowthTests.day) == nil)
        #expect(growth.daysLeft(free: 700, used: 900, at: GrowthTests.day) == nil)
    }
}
