import Audit
import Testing

@Suite("Histograms of durations")
struct DurationHistogramTests {
    @Test("without a duration every percentile is nothing")
    func empty() {
        #expect(DurationHistogram().percentile(50) == .zero)
        #expect(DurationHistogram().longest == .zero)
    }

    @Test("a percentile is not below the true one, and at most a sixteenth above")
    func percentiles() {
        for scale in [1, 37, 1_000_003, 1 << 40] as [Int64] {
            var histogram = DurationHistogram()
            for number in 1...1_000 as ClosedRange<Int64> { histogram.add(number * scale) }
            #expect(histogram.count == 1_000)
            #expect(histogram.longest == .nanoseconds(1_000 * scale))
            for percent in [1, 50, 90, 99] {
                let exact = Int64(percent) * 10 * scale
                #expect(histogram.percentile(percent) >= .nanoseconds(exact))
                #expect(histogram.percentile(percent) <= .nanoseconds(exact + exact / 16))
            }
            #expect(histogram.percentile(100) == .nanoseconds(1_000 * scale))
        }
    }

    @Test("both ends of the range are counted")
    func ends() {
        var histogram = DurationHistogram()
        histogram.add(0)
        #expect(histogram.percentile(50) == .zero)
        histogram.add(.max)
        #expect(histogram.percentile(99) == .nanoseconds(Int64.max))
    }
}
