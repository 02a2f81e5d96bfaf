// Metrics as values: a metric has a name, a help text, and one number for every combination of its
// labels.

/// A metric with all its series.
package struct MetricFamily: Sendable {
    package enum Series: Sendable {
        /// Only grows, from zero at the start of the process. Names end in `_total`.
        case counter([Sample])
        case gauge([Sample])
        case histogram([(Histogram, [Label])])

        package static func histogram(_ histogram: Histogram) -> Series {
            .histogram([(histogram, [])])
        }
    }

    package let name: String
    package let help: String
    package let series: Series

    package init(_ name: String, _ help: String, _ series: Series) {
        self.name = name
        self.help = help
        self.series = series
    }

    package static func counter(_ name: String, _ help: String, _ value: UInt64) -> MetricFamily {
        MetricFamily(name, help, .counter([Sample(Double(value))]))
    }

    /// A gauge; without a value the metric has no series, because it is not known yet.
    package static func gauge(_ name: String, _ help: String, _ value: Double?) -> MetricFamily {
        MetricFamily(name, help, .gauge(value.map { [Sample($0)] } ?? []))
    }
}

/// The current value of one series of a metric.
package struct Sample: Equatable, Sendable {
    package let labels: [Label]
    package let value: Double

    package init(_ value: Double, _ labels: Label...) {
        self.init(value, labels)
    }

    package init(_ value: Double, _ labels: [Label]) {
        self.labels = labels
        self.value = value
    }
}

package struct Label: Hashable, Sendable {
    package let name: String
    package let value: String

    package init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

extension [Sample] {
    /// The first `limit` samples unchanged; the sum of all others under `rest`. Metrics labelled
    /// with names from outside must not grow without bound.
    package func capped(at limit: Int, rest: Label) -> [Sample] {
        guard count > limit else { return self }
        let others = self[limit...].reduce(0) { $0 + $1.value }
        return Array(self[..<limit]) + [Sample(others, rest)]
    }
}
