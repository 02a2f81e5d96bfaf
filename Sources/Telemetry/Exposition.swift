// Metrics as text: the exposition format of Prometheus, version 0.0.4. Two header lines per metric,
// then one line per sample.

extension [MetricFamily] {
    /// The whole page. Every name must be unique.
    package var prometheusText: String {
        var exposition = Exposition()
        for family in self { exposition.add(family) }
        return exposition.text
    }
}

private struct Exposition {
    private(set) var text = ""

    mutating func add(_ family: MetricFamily) {
        precondition(Exposition.isName(family.name), "no name of a metric: \(family.name)")
        let kind =
            switch family.series {
            case .counter: "counter"
            case .gauge: "gauge"
            case .histogram: "histogram"
            }
        text += "# HELP \(family.name) \(Exposition.escaped(family.help, quotes: false))\n"
        text += "# TYPE \(family.name) \(kind)\n"
        switch family.series {
        case .counter(let samples), .gauge(let samples):
            for sample in samples { add(family.name, sample.labels, sample.value) }
        case .histogram(let histograms):
            for (histogram, labels) in histograms { add(family.name, labels, histogram) }
        }
    }

    private mutating func add(_ name: String, _ labels: [Label], _ histogram: Histogram) {
        for (bound, count) in histogram.buckets {
            let bound = Label("le", Exposition.number(bound))
            add("\(name)_bucket", labels + [bound], Double(count))
        }
        add("\(name)_sum", labels, histogram.sum)
        add("\(name)_count", labels, Double(histogram.count))
    }

    private mutating func add(_ name: String, _ labels: [Label], _ value: Double) {
        text += name
        if !labels.isEmpty {
            let pairs = labels.map { label in
                precondition(Exposition.isName(label.name), "no name of a label: \(label.name)")
                return "\(label.name)=\"\(Exposition.escaped(label.value, quotes: true))\""
            }
            text += "{\(pairs.joined(separator: ","))}"
        }
        text += " \(Exposition.number(value))\n"
    }

    /// Up to here a Double represents every whole number exactly.
    private static let exactMax = 9_007_199_254_740_992.0

    private static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
        if value == value.rounded(), abs(value) <= exactMax { return "\(Int64(value))" }
        return "\(value)"
    }

    /// By scalars, because a carriage return and a line feed form one Character.
    private static func escaped(_ text: String, quotes: Bool) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": escaped += "\\\\"
            case "\n": escaped += "\\n"
            case "\"" where quotes: escaped += "\\\""
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }

    private static func isName(_ name: String) -> Bool {
        let isDigit: (UInt8) -> Bool = { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        let isPlain = name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "_"):
                true
            default: isDigit(byte)
            }
        }
        return isPlain && !(name.utf8.first.map(isDigit) ?? true)
    }
}
