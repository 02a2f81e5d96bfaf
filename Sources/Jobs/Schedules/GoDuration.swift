// Converts durations as Go writes them ("1h30m", "1.5s", "-300ms") to nanoseconds and back. Go:
// time/format.go, ParseDuration; time/time.go, Duration.String. Whole numbers are exact; a fraction
// is scaled in double precision, as in Go, so that both read "0.3333333333333333333h" as 20
// minutes.

/// Why a text is not a duration. The descriptions are Go's.
package enum GoDurationError: Error, Equatable, Sendable {
    case malformed(String)
    case unitMissing(String)
    case unitUnknown(unit: String, in: String)
    /// More nanoseconds than 64 bits hold: about 292 years.
    case overflow(String)
}

extension GoDurationError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .malformed(let text): "time: invalid duration \"\(text)\""
        case .unitMissing(let text): "time: missing unit in duration \"\(text)\""
        case .unitUnknown(let unit, let text):
            "time: unknown unit \"\(unit)\" in duration \"\(text)\""
        case .overflow(let text):
            "time: invalid duration \"\(text)\": longer than 292 years, the longest there is"
        }
    }
}

extension Duration {
    /// Clamped to the range of 64 bits, about 292 years.
    package var inNanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (whole, isBeyond) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, isBeyondToo) = whole.addingReportingOverflow(attoseconds / 1_000_000_000)
        return isBeyond || isBeyondToo ? (seconds < 0 ? .min : .max) : sum
    }
}

package enum GoDuration {
    /// 2^63: the magnitude of the most negative duration; a positive one must stay below.
    private static let magnitudeMax: UInt64 = 1 << 63

    /// Nanoseconds of `text`: an optional sign, then "0" or numbers each with a unit (ns us µs ms s
    /// m h).
    package static func parse(_ text: String) throws(GoDurationError) -> Int64 {
        var rest = Substring(text).utf8
        let isNegative = rest.first == UInt8(ascii: "-")
        if isNegative || rest.first == UInt8(ascii: "+") { rest.removeFirst() }
        if rest.elementsEqual("0".utf8) { return 0 }
        if rest.isEmpty { throw .malformed(text) }

        var total: UInt64 = 0
        while !rest.isEmpty {
            let part = try magnitude(of: &rest, in: text)
            let (sum, overflow) = total.addingReportingOverflow(part)
            guard !overflow, sum <= magnitudeMax else { throw .overflow(text) }
            total = sum
        }
        if isNegative { return Int64(truncatingIfNeeded: 0 &- total) }
        guard let nanoseconds = Int64(exactly: total) else { throw .overflow(text) }
        return nanoseconds
    }

    /// Takes one number and its unit from the front of `rest`.
    private static func magnitude(of rest: inout Substring.UTF8View, in text: String)
        throws(GoDurationError) -> UInt64
    {
        let digits = rest.prefix(while: isDigit)
        var whole: UInt64 = 0
        for digit in digits {
            let (tenfold, overflow) = whole.multipliedReportingOverflow(by: 10)
            whole = tenfold &+ UInt64(digit - UInt8(ascii: "0"))
            guard !overflow, tenfold <= magnitudeMax, whole <= magnitudeMax else {
                throw .overflow(text)
            }
        }
        rest = rest[digits.endIndex...]

        var fraction = (digits: UInt64(0), scale: 1.0)
        var fractionCount = 0
        if rest.first == UInt8(ascii: ".") {
            let places = rest.dropFirst().prefix(while: isDigit)
            fractionCount = places.count
            fraction = leadingFraction(places)
            rest = rest[places.endIndex...]
        }
        guard !digits.isEmpty || fractionCount > 0 else { throw .malformed(text) }

        let unitText = rest.prefix { $0 != UInt8(ascii: ".") && !isDigit($0) }
        rest = rest[unitText.endIndex...]
        if unitText.isEmpty { throw .unitMissing(text) }
        guard let unit = nanoseconds(ofUnit: unitText) else {
            throw .unitUnknown(unit: String(Substring(unitText)), in: text)
        }
        guard whole <= magnitudeMax / unit else { throw .overflow(text) }
        // At most one unit, so neither the conversion nor the sum can overflow.
        let part = UInt64(Double(fraction.digits) * (Double(unit) / fraction.scale))
        let sum = whole * unit + part
        guard sum <= magnitudeMax else { throw .overflow(text) }
        return sum
    }

    /// The digits after the point as a number, and its scale as a power of ten; digits beyond 63
    /// bits are cut.
    private static func leadingFraction(_ places: Substring.UTF8View) -> (
        digits: UInt64, scale: Double
    ) {
        var digits: UInt64 = 0
        var scale = 1.0
        for place in places {
            guard digits <= (magnitudeMax - 1) / 10 else { break }
            let longer = digits * 10 + UInt64(place - UInt8(ascii: "0"))
            guard longer <= magnitudeMax else { break }
            digits = longer
            scale *= 10
        }
        return (digits, scale)
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
    }

    private static func nanoseconds(ofUnit unit: Substring.UTF8View) -> UInt64? {
        switch String(Substring(unit)) {
        case "ns": 1
        // The micro sign U+00B5 and the Greek letter U+03BC both stand for this unit.
        case "us", "\u{B5}s", "\u{3BC}s": 1_000
        case "ms": 1_000_000
        case "s": 1_000_000_000
        case "m": 60_000_000_000
        case "h": 3_600_000_000_000
        default: nil
        }
    }
}

extension GoDuration {
    /// `nanoseconds` as Go prints it: "1h0m0s", "1.5s", "300ms", "0s".
    package static func text(_ nanoseconds: Int64) -> String {
        let magnitude = nanoseconds.magnitude
        let sign = nanoseconds < 0 ? "-" : ""
        switch magnitude {
        case 0: return "0s"
        case ..<1_000: return "\(sign)\(magnitude)ns"
        case ..<1_000_000: return "\(sign)\(decimal(magnitude, per: 1_000))\u{B5}s"
        case ..<1_000_000_000: return "\(sign)\(decimal(magnitude, per: 1_000_000))ms"
        default: break
        }
        let seconds = magnitude / 1_000_000_000
        let minutes = seconds / 60
        let rest = decimal(magnitude - minutes * 60_000_000_000, per: 1_000_000_000)
        if minutes == 0 { return "\(sign)\(rest)s" }
        if minutes < 60 { return "\(sign)\(minutes)m\(rest)s" }
        return "\(sign)\(minutes / 60)h\(minutes % 60)m\(rest)s"
    }

    /// `value / unit` without trailing zeros; `unit` is a power of ten.
    private static func decimal(_ value: UInt64, per unit: UInt64) -> String {
        let (whole, fraction) = value.quotientAndRemainder(dividingBy: unit)
        if fraction == 0 { return "\(whole)" }
        // The leading 1 keeps the fraction's leading zeros.
        var digits = String(unit + fraction).dropFirst()
        while digits.last == "0" { digits.removeLast() }
        return "\(whole).\(digits)"
    }
}
