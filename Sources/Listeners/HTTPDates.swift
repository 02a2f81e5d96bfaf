// The `date` of answers: RFC 9110, section 5.6.7.

import Glibc
import Synchronization

/// Writes each second's text once.
package final class HTTPDates: Sendable {
    private static let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    private let last: Mutex<(second: Int, text: String)>

    package init() { last = Mutex((0, Self.write(0))) }

    /// `second` counts from 1970-01-01 UTC.
    package func text(at second: Int) -> String {
        last.withLock { last in
            if last.second != second { last = (second, Self.write(second)) }
            return last.text
        }
    }

    private static func write(_ second: Int) -> String {
        var (second, utc) = (second, tm())
        gmtime_r(&second, &utc)
        let (day, month) = (days[Int(utc.tm_wday)], months[Int(utc.tm_mon)])
        let time = "\(two(utc.tm_hour)):\(two(utc.tm_min)):\(two(utc.tm_sec))"
        return "\(day), \(two(utc.tm_mday)) \(month) \(1_900 + utc.tm_year) \(time) GMT"
    }

    private static func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
