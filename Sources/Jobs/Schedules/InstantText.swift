// Instants in RFC 3339 form, with as many decimals as needed. Every output that shows an instant
// uses this form.

package import EventLog

package enum InstantText {
    /// In UTC: `2026-11-22T06:04:00.5Z`.
    package static func utc(_ instant: Timestamp) -> String {
        var bytes: [UInt8] = []
        appendUTC(instant, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// In UTC; "never" for `nil` and for `Timestamp.latest`.
    package static func utcOrNever(_ instant: Timestamp?) -> String {
        instant?.ifEver.map(utc) ?? "never"
    }

    /// In local time `offset` seconds ahead of UTC: `2026-11-22T07:04:00.5+01:00`. Seconds of the
    /// offset are shown if there are any (`+00:53:28`, a local mean time): ISO 8601 and RFC 3339
    /// have no form for them, but omitting them would name another instant.
    package static func local(_ instant: Timestamp, offset: Int64) -> String {
        var bytes: [UInt8] = []
        appendClock(instant, offset: offset, to: &bytes)
        bytes.append(UInt8(ascii: offset < 0 ? "-" : "+"))
        let (minutes, seconds) = Int(offset.magnitude).quotientAndRemainder(dividingBy: 60)
        append(minutes / 60, digits: 2, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        append(minutes % 60, digits: 2, to: &bytes)
        if seconds != 0 {
            bytes.append(UInt8(ascii: ":"))
            append(seconds, digits: 2, to: &bytes)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The same as `utc`, for long outputs.
    package static func appendUTC(_ instant: Timestamp, to bytes: inout [UInt8]) {
        appendClock(instant, offset: 0, to: &bytes)
        bytes.append(UInt8(ascii: "Z"))
    }

    /// Date and time of day without an offset. The years of a `Timestamp` have four digits.
    private static func appendClock(_ instant: Timestamp, offset: Int64, to bytes: inout [UInt8]) {
        let (seconds, nanoseconds) = CivilCalendar.divide(
            instant.rawValue, by: Timestamp.nanosecondsPerSecond)
        let (day, second) = CivilCalendar.divide(
            Int(seconds + offset), by: Int(CivilCalendar.secondsPerDay))
        let date = CivilCalendar.date(ofDay: day)
        append(date.year, digits: 4, to: &bytes)
        bytes.append(UInt8(ascii: "-"))
        append(date.month, digits: 2, to: &bytes)
        bytes.append(UInt8(ascii: "-"))
        append(date.day, digits: 2, to: &bytes)
        bytes.append(UInt8(ascii: "T"))
        append(second / 3_600, digits: 2, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        append(second / 60 % 60, digits: 2, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        append(second % 60, digits: 2, to: &bytes)
        guard nanoseconds != 0 else { return }
        bytes.append(UInt8(ascii: "."))
        append(Int(nanoseconds), digits: 9, to: &bytes)
        while bytes.last == UInt8(ascii: "0") { bytes.removeLast() }
    }

    /// `number`, not negative and of at most `digits` digits, with leading zeros.
    private static func append(_ number: Int, digits: Int, to bytes: inout [UInt8]) {
        var scale = 1
        for _ in 1..<digits { scale *= 10 }
        while scale > 0 {
            bytes.append(UInt8(ascii: "0") + UInt8(number / scale % 10))
            scale /= 10
        }
    }
}

extension Timestamp {
    /// `InstantText.utc`.
    package var inUTC: String { InstantText.utc(self) }
}
