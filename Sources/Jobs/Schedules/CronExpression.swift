// Computes when a cron expression is due by arithmetic on fields: the next matching day, then the
// next matching time of that day. It examines at most the months of `JobLimits.cronSearchYears` + 1
// years, each in a few steps, whatever the expression. Dapr: kit cron/spec.go.

package import EventLog

/// A cron expression as sets of values. The time zone is kept separately.
package struct CronExpression: Hashable, Sendable {
    /// Days of the month or of the week, and whether the field was a star.
    struct Days: Hashable, Sendable {
        var values: BitSet
        /// True if an item is `*` or `?` without a step above 1.
        var isStar: Bool
    }

    let seconds: BitSet
    let minutes: BitSet
    let hours: BitSet
    let daysOfMonth: Days
    let months: BitSet
    /// 0 is Sunday.
    let daysOfWeek: Days

    /// The first second later than `instant` whose local time matches; `nil` if there is none up to
    /// the end of the fifth local year after it, or none within the range of a timestamp.
    ///
    /// A local time that the zone skips never occurs; one that it repeats occurs twice. `zone` is
    /// `nil` for UTC.
    package func next(after instant: Timestamp, in zone: ZoneTable?) -> Timestamp? {
        var second =
            CivilCalendar.divide(instant.rawValue, by: Timestamp.nanosecondsPerSecond).quotient + 1
        guard let zone else {
            return nextLocal(from: second, before: horizon(from: second)).flatMap(timestamp)
        }
        var period = zone.period(at: second)
        let horizon = horizon(from: second + period.offset)
        while true {
            let end = period.end == .max ? .max : period.end + period.offset
            if let local = nextLocal(from: second + period.offset, before: min(end, horizon)) {
                return timestamp(second: local - period.offset)
            }
            if end >= horizon { return nil }
            second = period.end
            period = zone.period(at: second)
        }
    }

    /// The first second beyond the searched years.
    private func horizon(from local: Int64) -> Int64 {
        let day = CivilCalendar.divide(local, by: CivilCalendar.secondsPerDay).quotient
        let year = CivilCalendar.date(ofDay: Int(day)).year + JobLimits.cronSearchYears + 1
        return Int64(CivilCalendar.days(to: CivilDate(year: year, month: 1, day: 1)))
            * CivilCalendar.secondsPerDay
    }

    /// The first matching local second at or after `start` and before `end`.
    private func nextLocal(from start: Int64, before end: Int64) -> Int64? {
        let (startDay, startSecond) = CivilCalendar.divide(start, by: CivilCalendar.secondsPerDay)
        var date = CivilCalendar.date(ofDay: Int(startDay))
        // The rest of the first day may have no match; every later day is searched from midnight.
        if months.contains(date.month), days(of: date, from: Int(startDay)).contains(date.day),
            let time = timeOfDay(notBefore: Int(startSecond))
        {
            let second = startDay * CivilCalendar.secondsPerDay + Int64(time)
            return second < end ? second : nil
        }
        guard let time = timeOfDay(notBefore: 0) else { return nil }
        var monthStart = Int(startDay) - date.day + 1
        var firstDay = date.day + 1
        while Int64(monthStart) * CivilCalendar.secondsPerDay < end {
            date.day = 1
            if months.contains(date.month),
                let day = days(of: date, from: monthStart).first(from: firstDay)
            {
                let second =
                    Int64(monthStart + day - 1) * CivilCalendar.secondsPerDay + Int64(time)
                return second < end ? second : nil
            }
            monthStart += CivilCalendar.daysInMonth(date.month, of: date.year)
            date.year += date.month == 12 ? 1 : 0
            date.month = date.month % 12 + 1
            firstDay = 1
        }
        return nil
    }

    /// The matching days of the month of `date`, which is `day` days after 1970-01-01.
    ///
    /// If either day field is a star, both must match; otherwise one of them suffices.
    private func days(of date: CivilDate, from day: Int) -> BitSet {
        let firstWeekday = CivilCalendar.weekday(ofDay: day - date.day + 1)
        let byWeekday = daysOfWeek.values.repeatedWeekly(from: firstWeekday)
        var days = daysOfMonth.values
        if daysOfMonth.isStar || daysOfWeek.isStar {
            days.formIntersection(byWeekday)
        } else {
            days.formUnion(byWeekday)
        }
        days.formIntersection(
            BitSet(1...CivilCalendar.daysInMonth(date.month, of: date.year)))
        return days
    }

    /// The first matching second of a day at or after `start`.
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

    private func timestamp(second: Int64) -> Timestamp? {
        let (nanoseconds, overflow) = second.multipliedReportingOverflow(
            by: Timestamp.nanosecondsPerSecond)
        return overflow ? nil : Timestamp(nanoseconds: nanoseconds)
    }
}

extension CronExpression {
    /// A whole expression as plain numbers, for storing it in another form than text.
    package struct Parts: Equatable, Sendable {
        /// The members of a set as bits: value `n` is bit `n`.
        package var seconds, minutes, hours, daysOfMonth, months, daysOfWeek: UInt64
        package var isDayOfMonthStar, isDayOfWeekStar: Bool

        package init(
            seconds: UInt64, minutes: UInt64, hours: UInt64, daysOfMonth: UInt64, months: UInt64,
            daysOfWeek: UInt64, isDayOfMonthStar: Bool, isDayOfWeekStar: Bool
        ) {
            self.seconds = seconds
            self.minutes = minutes
            self.hours = hours
            self.daysOfMonth = daysOfMonth
            self.months = months
            self.daysOfWeek = daysOfWeek
            self.isDayOfMonthStar = isDayOfMonthStar
            self.isDayOfWeekStar = isDayOfWeekStar
        }
    }

    package var parts: Parts {
        Parts(
            seconds: seconds.bits, minutes: minutes.bits, hours: hours.bits,
            daysOfMonth: daysOfMonth.values.bits, months: months.bits,
            daysOfWeek: daysOfWeek.values.bits, isDayOfMonthStar: daysOfMonth.isStar,
            isDayOfWeekStar: daysOfWeek.isStar)
    }

    /// `nil` if a set has a member outside its field's range.
    package init?(_ parts: Parts) {
        let isPossible =
            BitSet(0...59).holds(parts.seconds) && BitSet(0...59).holds(parts.minutes)
            && BitSet(0...23).holds(parts.hours) && BitSet(1...31).holds(parts.daysOfMonth)
            && BitSet(1...12).holds(parts.months) && BitSet(0...6).holds(parts.daysOfWeek)
        guard isPossible else { return nil }
        seconds = BitSet(bits: parts.seconds)
        minutes = BitSet(bits: parts.minutes)
        hours = BitSet(bits: parts.hours)
        daysOfMonth = Days(
            values: BitSet(bits: parts.daysOfMonth), isStar: parts.isDayOfMonthStar)
        months = BitSet(bits: parts.months)
        daysOfWeek = Days(values: BitSet(bits: parts.daysOfWeek), isStar: parts.isDayOfWeekStar)
    }
}

/// Small numbers, 0 to 63.
struct BitSet: Hashable, Sendable {
    private(set) var bits: UInt64 = 0

    init() {}
    init(bits: UInt64) { self.bits = bits }
    init(_ range: ClosedRange<Int>) {
        bits = UInt64.max << UInt64(range.lowerBound) & UInt64.max >> UInt64(63 - range.upperBound)
    }

    mutating func insert(_ value: Int) { bits |= 1 << UInt64(value) }
    mutating func formUnion(_ other: BitSet) { bits |= other.bits }
    mutating func formIntersection(_ other: BitSet) { bits &= other.bits }
    func contains(_ value: Int) -> Bool { bits & (1 << UInt64(value)) != 0 }
    /// Whether every member of the set `other` is also in this set.
    func holds(_ other: UInt64) -> Bool { other & ~bits == 0 }

    /// The smallest member that is at least `value`, which is 0 to 63.
    func first(from value: Int) -> Int? {
        let rest = bits & (UInt64.max << UInt64(value))
        return rest == 0 ? nil : rest.trailingZeroBitCount
    }

    /// The days of a month, from 1, whose weekday is in this set, if day 1 is a `weekday`.
    func repeatedWeekly(from weekday: Int) -> BitSet {
        let week = (bits >> UInt64(weekday) | bits << UInt64(7 - weekday)) & 0x7F
        var days = BitSet()
        // Five copies of the week side by side, shifted by one because days count from 1.
        days.bits = week &* (1 | 1 << 7 | 1 << 14 | 1 << 21 | 1 << 28) << 1
        return days
    }
}
