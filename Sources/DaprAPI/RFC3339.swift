package import EventLog
import Glibc

/// Instants as text: `2026-11-22T06:04:00.5Z`, always in UTC, with as many decimals as it takes,
/// none if none.
package enum RFC3339 {
    package static func text(of instant: Timestamp) -> String {
        let perSecond = Timestamp.nanosecondsPerSecond
        var (seconds, rest) = instant.rawValue.quotientAndRemainder(dividingBy: perSecond)
        if rest < 0 {
            seconds -= 1
            rest += perSecond
        }
        var time = time_t(seconds)
        var parts = tm()
        gmtime_r(&time, &parts)
        let date = [
            digits(parts.tm_year + 1900, 4), digits(parts.tm_mon + 1, 2), digits(parts.tm_mday, 2),
        ].joined(separator: "-")
        let clock = [parts.tm_hour, parts.tm_min, parts.tm_sec].map { digits($0, 2) }
            .joined(separator: ":")
        var fraction = ""
        if rest != 0 {
            fraction = "." + digits(Int32(rest), 9)
            while fraction.hasSuffix("0") { fraction.removeLast() }
        }
        return "\(date)T\(clock)\(fraction)Z"
    }

    private static func digits(_ number: Int32, _ count: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, count - digits.count)) + digits
    }
}
