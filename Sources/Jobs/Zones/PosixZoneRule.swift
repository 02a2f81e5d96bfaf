// The rule in the footer of a TZif file, in the form POSIX defines for the variable TZ (XBD 8.3,
// "Other Environment Variables"): "CET-1CEST,M3.5.0,M10.5.0/3", that is a standard time and, for a
// part of every year, another. Its offsets are positive west of Greenwich; everywhere else here
// they are positive to the east. RFC 9636, 3.3.1 allows times from -167 to 167 hours, for days
// defined relative to another.

/// The rule that applies every year.
struct PosixZoneRule {
    /// Seconds to add to UTC.
    private let standardOffset: Int32
    private let daylight: Daylight?

    /// Daylight saving time, which may be behind standard time (Europe/Dublin).
    private struct Daylight {
        let offset: Int32
        /// In standard time.
        let start: YearlyTime
        /// In daylight saving time.
        let end: YearlyTime
    }

    /// Errors name the byte of the file that `text` was cut from. `isExtended`: version 3 or later.
    init(_ text: ArraySlice<UInt8>, isExtended: Bool) throws(ZoneTableError) {
        var parser = Parser(rest: text, isExtended: isExtended)
        try parser.name()
        standardOffset = try parser.offset()
        if parser.rest.isEmpty {
            daylight = nil
            return
        }
        try parser.name()
        let isOffsetGiven = !parser.rest.isEmpty && parser.rest.first != UInt8(ascii: ",")
        // At most 24:59:59 and one hour more.
        let offset = isOffsetGiven ? try parser.offset() : standardOffset + 3_600
        if parser.rest.isEmpty { throw parser.error("daylight saving time without start and end") }
        let (start, end) = (try parser.yearlyTime(), try parser.yearlyTime())
        if !parser.rest.isEmpty { throw parser.error("the rule continues after its end") }
        daylight = Daylight(offset: offset, start: start, end: end)
    }

    /// The timeline of all years in the range of `Timestamp`.
    func timeline() -> OffsetTimeline {
        var timeline = OffsetTimeline(standardOffset)
        guard let daylight else { return timeline }
        // The offset at the first second may have begun the year before.
        let firstYear = Self.year(of: OffsetTimeline.seconds.lowerBound) - 1
        let lastYear = Self.year(of: OffsetTimeline.seconds.upperBound)
        for year in firstYear...lastYear {
            let start = daylight.start.second(of: year) - Int64(standardOffset)
            let end = daylight.end.second(of: year) - Int64(daylight.offset)
            // In calendar order, so that the later year wins where two overlap: all-year daylight
            // saving time ends when it starts again, or later.
            if start < end { timeline.set(daylight.offset, from: start) }
            timeline.set(standardOffset, from: end)
            if start >= end { timeline.set(daylight.offset, from: start) }
        }
        return timeline
    }

    private static func year(of second: Int64) -> Int {
        let day = CivilCalendar.divide(second, by: CivilCalendar.secondsPerDay).quotient
        return CivilCalendar.date(ofDay: Int(day)).year
    }
}

/// A time that occurs once a year.
private struct YearlyTime {
    enum Day {
        /// 1 to 365; 60 is 1 March in every year.
        case withoutLeapDay(Int)
        /// 0 to 365; 59 is 29 February in a leap year.
        case withLeapDay(Int)
        /// The `week`th such weekday of the month, 5 for the last; 0 is Sunday.
        case weekday(Int, week: Int, month: Int)
    }

    let day: Day
    /// Seconds after the beginning of the day, by the time in force before it.
    let time: Int64

    /// Local seconds since 1970.
    func second(of year: Int) -> Int64 {
        Int64(dayNumber(in: year)) * CivilCalendar.secondsPerDay + time
    }

    /// Days since 1970-01-01.
    private func dayNumber(in year: Int) -> Int {
        switch day {
        case .withoutLeapDay(let count):
            let isAfterLeapDay = CivilCalendar.isLeap(year) && count >= 60
            return Self.first(of: 1, in: year) + count - (isAfterLeapDay ? 0 : 1)
        case .withLeapDay(let count):
            return Self.first(of: 1, in: year) + count
        case .weekday(let weekday, let week, let month):
            let first = Self.first(of: month, in: year)
            let daysToWeekday = (weekday - CivilCalendar.weekday(ofDay: first) + 7) % 7
            let day = daysToWeekday + (week - 1) * 7
            // Only the fifth week may be missing.
            let isInMonth = day < CivilCalendar.daysInMonth(month, of: year)
            return first + (isInMonth ? day : day - 7)
        }
    }

    private static func first(of month: Int, in year: Int) -> Int {
        CivilCalendar.days(to: CivilDate(year: year, month: month, day: 1))
    }
}

private struct Parser {
    /// The unread part; its indices are those of the file.
    var rest: ArraySlice<UInt8>
    let isExtended: Bool

    func error(_ reason: String) -> ZoneTableError {
        ZoneTableError("footer: \(reason)", at: rest.startIndex)
    }

    /// Three letters or more; in <> digits and signs too.
    mutating func name() throws(ZoneTableError) {
        let isQuoted = take("<")
        let name = rest.prefix { byte in
            Self.isLetter(byte) || isQuoted && (Self.isDigit(byte) || Self.isSign(byte))
        }
        guard name.count >= 3 else {
            throw error("a name of three letters or more is expected")
        }
        rest = rest[name.endIndex...]
        if isQuoted && !take(">") { throw error("the name in < has no >") }
    }

    /// Seconds east of Greenwich.
    mutating func offset() throws(ZoneTableError) -> Int32 {
        let isEast = take("-")
        if !isEast { _ = take("+") }
        let seconds = Int32(try clock(hoursMax: 24))
        return isEast ? seconds : -seconds
    }

    /// ",date[/time]".
    mutating func yearlyTime() throws(ZoneTableError) -> YearlyTime {
        guard take(",") else { throw error("a comma and a date are expected") }
        let day = try day()
        guard take("/") else { return YearlyTime(day: day, time: 2 * 3_600) }
        if !isExtended { return YearlyTime(day: day, time: Int64(try clock(hoursMax: 24))) }
        let isNegative = take("-")
        if !isNegative { _ = take("+") }
        let seconds = Int64(try clock(hoursMax: 167))
        return YearlyTime(day: day, time: isNegative ? -seconds : seconds)
    }

    private mutating func day() throws(ZoneTableError) -> YearlyTime.Day {
        if take("J") { return .withoutLeapDay(try number(1...365, "the day of the year")) }
        guard take("M") else { return .withLeapDay(try number(0...365, "the day of the year")) }
        let month = try number(1...12, "the month")
        guard take(".") else { throw error("a dot and the week are expected") }
        let week = try number(1...5, "the week")
        guard take(".") else { throw error("a dot and the weekday are expected") }
        return .weekday(try number(0...6, "the weekday"), week: week, month: month)
    }

    /// "hh[:mm[:ss]]" in seconds.
    private mutating func clock(hoursMax: Int) throws(ZoneTableError) -> Int {
        var seconds = try number(0...hoursMax, "the hour") * 3_600
        guard take(":") else { return seconds }
        seconds += try number(0...59, "the minute") * 60
        guard take(":") else { return seconds }
        return seconds + (try number(0...59, "the second"))
    }

    private mutating func number(_ range: ClosedRange<Int>, _ field: StaticString)
        throws(ZoneTableError) -> Int
    {
        let digits = rest.prefix(while: Self.isDigit)
        // Longer numbers are out of range or have leading zeros, and a few digits cannot overflow.
        let value = digits.prefix(4).reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
        guard (1...3).contains(digits.count), range.contains(value) else {
            throw error("\(field) is not \(range.lowerBound) to \(range.upperBound)")
        }
        rest = rest[digits.endIndex...]
        return value
    }

    /// Consumes `character` if it comes next.
    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard rest.first == UInt8(ascii: character) else { return false }
        rest.removeFirst()
        return true
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        // Setting this bit makes a letter lower case and turns nothing else into a letter.
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }

    private static func isSign(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-")
    }
}
