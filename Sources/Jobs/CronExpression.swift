// When a cron expression is due, by arithmetic on fields: the next matching day, then the next
// matching time in it. At most the days of `Limits.cronSearchYears` + 1 years are looked at,
// whatever the expression. Dapr: kit cron/spec.go.

package import EventLog

/// A cron expression as sets of values, in UTC. A time zone would be a further field here, applied
/// to `start` and to what is found.
package struct CronExpression: Equatable, Sendable {
    /// Days, of the month or of the week, and whether the field leaves them open.
    struct Days: Equatable, Sendable {
        var values: BitSet
        /// An item is `*` or `?`, without a step above 1.
        var isStar: Bool
    }

    let seconds: BitSet
    let minutes: BitSet
    let hours: BitSet
    let daysOfMonth: Days
    let months: BitSet
    /// 0 is Sunday.
    let daysOfWeek: Days

    /// The first second that matches and is later than `instant`; `nil` if there is none up to the
    /// end of the fifth year after it, or none that a timestamp holds.
    package func next(after instant: Timestamp) -> Timestamp? {
        let start =
            CivilCalendar.divide(instant.rawValue, by: Timestamp.nanosecondsPerSecond).quotient + 1
        let (startDay, startSecond) = CivilCalendar.divide(start, by: CivilCalendar.secondsPerDay)
        var day = CivilCalendar.date(ofDay: Int(startDay))
        let lastYear = day.year + Limits.cronSearchYears
        // What is left of the first day may hold no match; every later day is asked from midnight.
        if matches(day), let time = timeOfDay(notBefore: Int(startSecond)) {
            return timestamp(day: Int(startDay), second: time)
        }
        guard let time = timeOfDay(notBefore: 0) else { return nil }
        day.day += 1
        while day.year <= lastYear {
            if let found = matchingDay(in: day) {
                return timestamp(day: CivilCalendar.days(to: found), second: time)
            }
            day = CivilDate(
                year: day.month == 12 ? day.year + 1 : day.year, month: day.month % 12 + 1, day: 1)
        }
        return nil
    }

    /// The first matching day from `start` to the end of its month. `start.day` may lie one behind
    /// the month's end.
    private func matchingDay(in start: CivilDate) -> CivilDate? {
        guard months.contains(start.month) else { return nil }
        let count = CivilCalendar.daysInMonth(start.month, of: start.year)
        var day = start
        while day.day <= count {
            if matches(day) { return day }
            day.day += 1
        }
        return nil
    }

    /// A star in either day field leaves the decision to the other; without one, either suffices.
    private func matches(_ day: CivilDate) -> Bool {
        guard months.contains(day.month) else { return false }
        let isDayOfMonth = daysOfMonth.values.contains(day.day)
        let isDayOfWeek = daysOfWeek.values.contains(
            CivilCalendar.weekday(ofDay: CivilCalendar.days(to: day)))
        return daysOfMonth.isStar || daysOfWeek.isStar
            ? isDayOfMonth && isDayOfWeek : isDayOfMonth || isDayOfWeek
    }

    /// The first matching second of a day, from `start` on.
    private func timeOfDay(notBefore start: Int) -> Int? {
        let (startHour, startMinute, startSecond) = (start / 3_600, start / 60 % 60, start % 60)
        guard let firstMinute = minutes.first(from: 0), let firstSecond = seconds.first(from: 0)
        else { return nil }
        if hours.contains(startHour) {
            if minutes.contains(startMinute), let second = seconds.first(from: startSecond) {
                return (startHour * 60 + startMinute) * 60 + second
            }
            if let minute = minutes.first(from: startMinute + 1) {
                return (startHour * 60 + minute) * 60 + firstSecond
            }
        }
        guard let hour = hours.first(from: startHour + 1) else { return nil }
        return (hour * 60 + firstMinute) * 60 + firstSecond
    }

    private func timestamp(day: Int, second: Int) -> Timestamp? {
        let seconds = Int64(day) * CivilCalendar.secondsPerDay + Int64(second)
        let (nanoseconds, overflow) = seconds.multipliedReportingOverflow(
            by: Timestamp.nanosecondsPerSecond)
        return overflow ? nil : Timestamp(nanoseconds: nanoseconds)
    }
}

/// Small numbers, 0 to 63.
struct BitSet: Equatable, Sendable {
    private var bits: UInt64 = 0

    mutating func insert(_ value: Int) { bits |= 1 << UInt64(value) }
    mutating func formUnion(_ other: BitSet) { bits |= other.bits }
    func contains(_ value: Int) -> Bool { bits & (1 << UInt64(value)) != 0 }

    /// The smallest member that is at least `value`, itself 0 to 63.
    func first(from value: Int) -> Int? {
        let rest = bits & (UInt64.max << UInt64(value))
        return rest == 0 ? nil : rest.trailingZeroBitCount
    }
}
