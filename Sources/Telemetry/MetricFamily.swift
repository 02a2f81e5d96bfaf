// What can be measured, as values: a metric has a name, a sentence that says what it is, and one
// number for every combination of its labels.

/// A metric with all its series.
package struct MetricFamily: Sendable {
    package enum Series: Sendable {
        /// Only grows, from zero at the start of the process. Names end in `_total`.
        case counter([Sample])
        case gauge([Sample])
        case histogram(Histogram, [Label])
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

    /// Without a value, a metric without a series: not known yet.
    package static func gauge(_ name: String, _ help: String, _ value: Double?) -> MetricFamily {
        MetricFamily(name, help, .gauge(value.map { [Sample($0)] } ?? []))
    }
}

/// One series of a metric, as it stands now.
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
    /// At most `limit` samples as they are, the first ones; the sum of all others under `rest`.
    /// What is labelled by names from outside must not grow without bound.
    package func capped(at limit: Int, rest: Label) -> [Sample] {
        guard count > limit else { return self }
        let others = self[limit...].reduce(0) { $0 + $1.value }
        return Array(self[..<limit]) + [Sample(others, rest)]
    }
}
