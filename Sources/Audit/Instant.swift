package import EventLog

extension Timestamp {
    /// RFC 3339 in UTC, with nine digits behind the point unless they are all zero.
    package var inUTC: String {
        let (seconds, nanoseconds) = Self.divide(rawValue, by: Self.nanosecondsPerSecond)
        let (days, secondOfDay) = Self.divide(seconds, by: 86_400)
        // Years counted from March 0000, so that the leap day is the last; 146,097 days are 400
        // years.
        let (era, dayOfEra) = Self.divide(days + 719_468, by: 146_097)
        let leapDays = dayOfEra / 1_460 - dayOfEra / 36_524 + dayOfEra / 146_096
        let yearOfEra = (dayOfEra - leapDays) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        let year = era * 400 + yearOfEra + (month <= 2 ? 1 : 0)
        let date = "\(Self.digits(year, 4))-\(Self.digits(month, 2))-\(Self.digits(day, 2))"
        let hour = Self.digits(secondOfDay / 3_600, 2)
        let minute = Self.digits(secondOfDay / 60 % 60, 2)
        let second = Self.digits(secondOfDay % 60, 2)
        let fraction = nanoseconds == 0 ? "" : "." + Self.digits(nanoseconds, 9)
        return "\(date)T\(hour):\(minute):\(second)\(fraction)Z"
    }

    private static func digits(_ number: Int64, _ count: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, count - digits.count)) + digits
    }

    /// Division towards minus infinity.
    private static func divide(_ dividend: Int64, by divisor: Int64) -> (Int64, Int64) {
        let (quotient, remainder) = dividend.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}
