// Builds TZif files (RFC 9636) for tests, field by field, and reads the results.

import Jobs

/// A file that is well-formed unless a test changes it.
struct TZifWriter {
    struct LocalType {
        var offset: Int32
        var isDaylight: UInt8 = 0
        /// Where its name begins in `names`.
        var name: UInt8 = 0
    }

    /// Where the second header begins, behind 44 bytes of the first and the smallest data.
    static let header = 51
    /// Where its data begin.
    static let data = header + 44

    var version = UInt8(ascii: "3")
    var types = [LocalType(offset: 0)]
    /// Each with the number of a type.
    var transitions: [(time: Int64, type: UInt8)] = []
    var names = Array("LMT\0".utf8)
    var leapSeconds: [(time: Int64, correction: Int32)] = []
    var standardIndicators: [UInt8] = []
    var utcIndicators: [UInt8] = []
    /// Between its newlines.
    var footer = ""

    /// A rule alone.
    init(footer: String = "") { self.footer = footer }

    /// Local mean time at 0 until the first of `changes`, to so many seconds east.
    init(changes: [(time: Int64, offset: Int32)], footer: String = "") {
        self.footer = footer
        for change in changes {
            transitions.append((change.time, UInt8(types.count)))
            types.append(LocalType(offset: change.offset))
        }
    }

    var bytes: [UInt8] {
        var bytes = [UInt8]()
        appendHeader(to: &bytes, counts: [0, 0, 0, 0, 1, 1])
        bytes += [UInt8](repeating: 0, count: 7)
        appendHeader(
            to: &bytes,
            counts: [
                utcIndicators.count, standardIndicators.count, leapSeconds.count,
                transitions.count, types.count, names.count,
            ])
        for transition in transitions { Self.append(transition.time, to: &bytes) }
        bytes += transitions.map(\.type)
        for type in types {
            Self.append(type.offset, to: &bytes)
            bytes += [type.isDaylight, type.name]
        }
        bytes += names
        for leapSecond in leapSeconds {
            Self.append(leapSecond.time, to: &bytes)
            Self.append(leapSecond.correction, to: &bytes)
        }
        return bytes + standardIndicators + utcIndicators + Array("\n\(footer)\n".utf8)
    }

    /// Reads the file; throws what reading throws.
    func table() throws(ZoneTableError) -> ZoneTable { try ZoneTable(tzif: bytes) }

    private func appendHeader(to bytes: inout [UInt8], counts: [Int]) {
        bytes += Array("TZif".utf8) + [version] + [UInt8](repeating: 0, count: 15)
        for count in counts { Self.append(UInt32(count), to: &bytes) }
    }

    private static func append(_ value: some FixedWidthInteger, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
    }
}

extension ZoneTable {
    /// All periods, first to last.
    var periods: [Period] {
        var periods = [period(at: .min)]
        while let last = periods.last, last.end > last.start, last.end < .max {
            periods.append(period(at: last.end))
        }
        return periods
    }

    /// Violations of what every table must satisfy; empty if there are none.
    var flaws: [String] {
        let periods = periods
        var flaws = [String]()
        if periods.first?.start != .min { flaws.append("the first period has a start") }
        if periods.last?.end != .max { flaws.append("the last period has an end") }
        for (period, next) in zip(periods, periods.dropFirst()) {
            if next.start != period.end || next.end <= next.start || next.offset == period.offset
                || !(-9_223_372_036...9_223_372_036).contains(next.start)
            {
                flaws.append("\(next) behind \(period)")
            }
        }
        for period in periods where !(-89_999...93_599).contains(period.offset) {
            flaws.append("the offset of \(period)")
        }
        return flaws
    }
}
