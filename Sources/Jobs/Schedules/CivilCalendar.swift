// The Gregorian calendar without time zones or leap seconds, extended to all years: days since
// 1970-01-01 to year, month and day, and back. Years are counted from March, so that the leap day
// comes last; 400 years (an "era") repeat exactly.

/// A day of the Gregorian calendar.
struct CivilDate: Equatable, Sendable {
    var year: Int
    /// 1 to 12.
    var month: Int
    /// 1 to 31.
    var day: Int
}

enum CivilCalendar {
    static let secondsPerDay: Int64 = 86_400
    private static let daysPerEra = 146_097
    /// From 0000-03-01, the first day of era 0, to 1970-01-01.
    private static let epochDay = 719_468

    /// Days from 1970-01-01 to `date`. Months and days must be in range; years within a million of
    /// 0.
    static func days(to date: CivilDate) -> Int {
        let year = date.month <= 2 ? date.year - 1 : date.year
        let (era, yearOfEra) = divide(year, by: 400)
        let monthFromMarch = (date.month + 9) % 12
        let dayOfYear = (153 * monthFromMarch + 2) / 5 + date.day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * daysPerEra + dayOfEra - epochDay
    }

    /// The date `days` after 1970-01-01.
    static func date(ofDay days: Int) -> CivilDate {
        let (era, dayOfEra) = divide(days + epochDay, by: daysPerEra)
        // Earlier leap days are subtracted, so that every year has 365 days.
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        return CivilDate(
            year: era * 400 + yearOfEra + (month <= 2 ? 1 : 0), month: month,
            day: dayOfYear - (153 * monthFromMarch + 2) / 5 + 1)
    }

    /// The weekday, 0 (Sunday) to 6, of the day `days` after 1970-01-01, a Thursday.
    static func weekday(ofDay days: Int) -> Int { divide(days + 4, by: 7).remainder }

    /// 28 to 31. `month` is 1 to 12.
    static func daysInMonth(_ month: Int, of year: Int) -> Int {
        switch month {
        case 2: isLeap(year) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    static func isLeap(_ year: Int) -> Bool {
        year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    }

    /// Division towards minus infinity: the remainder is never negative.
    static func divide<Number: BinaryInteger>(_ dividend: Number, by divisor: Number) -> (
        quotient: Number, remainder: Number
    ) {
        let (quotient, remainder) = dividend.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}
