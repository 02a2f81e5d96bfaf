// ISO 8601 durations ("P1Y2M10DT2H30M") as Dapr reads them, and adding them to an instant. Dapr:
// kit time/time.go, ParseISO8601Duration: units in any order and with signs, no fractions, and what
// follows the last unit is ignored. Unlike in Dapr, nothing wraps around: a duration that is too
// long is rejected.

import EventLog

/// Years, months and days of the calendar, then nanoseconds: the length of a month depends on the
/// month. Any part may be negative.
package struct ISODuration: Equatable, Sendable {
    package let years: Int64
    package let months: Int64
    package let days: Int64
    package let nanoseconds: Int64
}

/// Why a text is not a duration to be added once.
package enum ISODurationError: Error, Equatable, Sendable {
    case malformed
    /// A number, the sum of the days, or the time part in nanoseconds is beyond 64 bits.
    case tooLong
    /// A duration to be added more than once: "R3/PT1H".
    case repeated
}

extension ISODuration {
    /// Reads `[R n /] P [nY][nM][nW][nD][T[nH][nM][nS]]`. Repetitions of 0 or less count as none;
    /// repetitions alone, `R n [/]`, are a duration of 0.
    package static func parse(_ text: String) throws(ISODurationError) -> ISODuration {
        var rest = Substring(text).utf8
        guard rest.count >= 2 else { throw .malformed }
        var repeats: Int64 = 0
        if rest.first == UInt8(ascii: "R") {
            let digits = rest.dropFirst().prefix { $0 != UInt8(ascii: "/") }
            do {
                repeats = try DurationScan.number(digits)
            } catch {
                // Too many repetitions do not make a duration too long.
                throw .malformed
            }
            rest = rest[digits.endIndex...].dropFirst()
        }
        // May be empty only after repetitions.
        guard rest.isEmpty || rest.first == UInt8(ascii: "P") else { throw .malformed }
        var scan = DurationScan()
        try scan.take(rest.dropFirst())
        let duration = try scan.duration()
        guard repeats <= 0 else { throw .repeated }
        return duration
    }
}

/// The parts read so far. Dapr lets a later year or month replace an earlier one, and adds up all
/// other units.
private struct DurationScan {
    private var years: Int64 = 0
    private var months: Int64 = 0
    // Wide enough for every text: each number adds less than 2^75, and no text has 2^52 numbers.
    private var days: Int128 = 0
    private var seconds: Int128 = 0
    private var isInTime = false

    /// Reads the text after the P. Everything between two units is taken as a number, so a byte
    /// that is not a unit is rejected, or ignored, only at the next unit.
    mutating func take(_ bytes: Substring.UTF8View) throws(ISODurationError) {
        var start = bytes.startIndex
        for index in bytes.indices {
            let pending = bytes[start..<index]
            switch (Unicode.Scalar(bytes[index]), isInTime) {
            case ("T", _):
                guard pending.isEmpty else { throw .malformed }
                isInTime = true
            case ("Y", false): years = try Self.number(pending)
            case ("M", false): months = try Self.number(pending)
            case ("W", false): days += 7 * Int128(try Self.number(pending))
            case ("D", false): days += Int128(try Self.number(pending))
            case ("H", true): seconds += 3_600 * Int128(try Self.number(pending))
            case ("M", true): seconds += 60 * Int128(try Self.number(pending))
            case ("S", true): seconds += Int128(try Self.number(pending))
            case ("Y", true), ("W", true), ("D", true), ("H", false), ("S", false):
                throw .malformed
            default: continue
            }
            start = bytes.index(after: index)
        }
    }

    func duration() throws(ISODurationError) -> ISODuration {
        guard let days = Int64(exactly: days), let seconds = Int64(exactly: seconds) else {
            throw .tooLong
        }
        let (nanoseconds, overflow) =
            seconds.multipliedReportingOverflow(by: Timestamp.nanosecondsPerSecond)
        if overflow { throw .tooLong }
        return ISODuration(years: years, months: months, days: days, nanoseconds: nanoseconds)
    }

    /// An optional sign, then digits. Go: strconv/atoi.go, Atoi.
    static func number(_ text: Substring.UTF8View) throws(ISODurationError) -> Int64 {
        let isSigned = text.first == UInt8(ascii: "-") || text.first == UInt8(ascii: "+")
        let digits = isSigned ? text.dropFirst() : text
        let range = UInt8(ascii: "0")...UInt8(ascii: "9")
        guard !digits.isEmpty, digits.allSatisfy(range.contains) else { throw .malformed }
        guard let number = Int64(Substring(text)) else { throw .tooLong }
        return number
    }
}

extension ISODuration {
    private static let nanosecondsPerDay =
        CivilCalendar.secondsPerDay * Timestamp.nanosecondsPerSecond
    /// The calendar repeats after 400 years.
    private static let monthsPerEra: Int128 = 4_800
    private static let daysPerEra: Int128 = 146_097

    /// The instant this duration after `start`, in nanoseconds since 1970, by the calendar in UTC.
    /// Days beyond the end of a month continue in the next: one month after 31 January is 3 March,
    /// or 2 March in a leap year. Go: time/time.go, AddDate. The result is far below 2^127, because
    /// the months stay below 2^68.
    func instant(after start: Timestamp) -> Int128 {
        let (startDay, timeOfDay) = CivilCalendar.divide(
            start.rawValue, by: Self.nanosecondsPerDay)
        let date = CivilCalendar.date(ofDay: Int(startDay))
        let month =
            12 * (Int128(date.year) + Int128(years)) + Int128(date.month - 1) + Int128(months)
        let (era, monthOfEra) = CivilCalendar.divide(month, by: Self.monthsPerEra)
        let firstOfMonth = CivilDate(
            year: Int(monthOfEra) / 12, month: Int(monthOfEra) % 12 + 1, day: 1)
        let firstDay = era * Self.daysPerEra + Int128(CivilCalendar.days(to: firstOfMonth))
        let day = firstDay + Int128(date.day - 1) + Int128(days)
        return day * Int128(Self.nanosecondsPerDay) + Int128(timeOfDay) + Int128(nanoseconds)
    }
}
