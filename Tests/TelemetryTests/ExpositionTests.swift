import Telemetry
import Testing

@Suite("Metrics as Prometheus text")
struct ExpositionTests {
    private func lines(_ families: MetricFamily...) -> [String] {
        families.prometheusText.split(separator: "\n", omittingEmptySubsequences: false)
            .map { String($0) }
    }

    @Test("name a metric, its sentence and its kind before its samples")
    func counter() {
        let family = MetricFamily(
            "turns_total", "Turns taken.",
            .counter([Sample(3, Label("kind", "a")), Sample(4, Label("kind", "b"))]))
        #expect(
            lines(family) == [
                "# HELP turns_total Turns taken.",
                "# TYPE turns_total counter",
                "turns_total{kind=\"a\"} 3",
                "turns_total{kind=\"b\"} 4",
                "",
            ])
    }

    @Test("show a histogram as buckets that add up, a sum and a count")
    func histogram() {
        var histogram = Histogram(bounds: [0.1, 100])
        for value in [0.0625, 0.5, 7_000] { histogram.observe(value) }
        let family = MetricFamily(
            "wait", "How long.", .histogram([(histogram, [Label("type", "job")])]))
        #expect(
            lines(family).dropFirst(2) == [
                "wait_bucket{type=\"job\",le=\"0.1\"} 1",
                "wait_bucket{type=\"job\",le=\"100\"} 2",
                "wait_bucket{type=\"job\",le=\"+Inf\"} 3",
                "wait_sum{type=\"job\"} 7000.5625",
                "wait_count{type=\"job\"} 3",
                "",
            ])
    }

    @Test(
        "escape what would end a value or a line, and nothing else",
        arguments: [
            ("plain", "plain"), ("a\"b", "a\\\"b"), ("a\\b", "a\\\\b"), ("a\nb", "a\\nb"),
            ("a\r\nb", "a\r\\nb"), ("\\n", "\\\\n"), ("ä{},= ", "ä{},= "), ("", ""),
        ])
    func escapes(value: String, text: String) {
        let family = MetricFamily("up", "A.", .gauge([Sample(1, Label("app", value))]))
        #expect(family.lastLine == "up{app=\"\(text)\"} 1")
    }

    @Test("leave quotes in a sentence alone")
    func help() {
        let family = MetricFamily("up", "A \"b\" \\ c\nd", .gauge([]))
        #expect(lines(family)[0] == "# HELP up A \"b\" \\\\ c\\nd")
    }

    @Test(
        "write whole numbers without a point, and numbers that are none by their names",
        arguments: [
            (0, "0"), (-0.0, "0"), (12_345_678_901, "12345678901"), (-3, "-3"), (0.25, "0.25"),
            (1e-7, "1e-07"), (9_007_199_254_740_992, "9007199254740992"), (1e300, "1e+300"),
            (.infinity, "+Inf"), (-.infinity, "-Inf"), (.nan, "NaN"),
        ] as [(Double, String)])
    func numbers(value: Double, text: String) {
        #expect(MetricFamily.gauge("up", "A.", value).lastLine == "up \(text)")
    }

    @Test("show no sample of what is not known yet")
    func unknown() {
        #expect(lines(.gauge("up", "A.", nil)) == ["# HELP up A.", "# TYPE up gauge", ""])
    }
}

@Suite("Samples labelled by names from outside")
struct CappedSamplesTests {
    private func samples(_ count: Int) -> [Sample] {
        (0..<count).map { Sample(Double($0 + 1), Label("app", "app-\($0)")) }
    }

    private let rest = Label("app", "other")

    @Test("stay as they are up to the limit")
    func withinLimit() {
        #expect(samples(3).capped(at: 3, rest: rest) == samples(3))
        #expect(samples(0).capped(at: 3, rest: rest) == [])
    }

    @Test("are summed beyond it: the first keep their own, the others share one")
    func beyondLimit() {
        #expect(samples(4).capped(at: 3, rest: rest) == samples(3) + [Sample(4, rest)])
        #expect(samples(10_000).capped(at: 100, rest: rest).count == 101)
        let total = samples(10_000).capped(at: 100, rest: rest).reduce(0) { $0 + $1.value }
        #expect(total == 50_005_000)
    }
}

extension MetricFamily {
    fileprivate var lastLine: String {
        [self].prometheusText.split(separator: "\n").last.map { String($0) } ?? ""
    }
}
