import EventLog
import Foundation

/// The clock of scenarios and transcripts: hours, minutes and seconds since midnight of 1 January 2030, a Tuesday.
/// Hours may exceed 24; earlier instants have a minus sign.
enum ScriptTime {
    static let midnight = Timestamp(seconds: 1_893_456_000)

    static func text(_ instant: Timestamp) -> String {
        switch instant {
        case .earliest: return "the beginning"
        case .latest: return "never"
        default: break
        }
        let offset = instant.nanoseconds(since: midnight)
        let (seconds, rest) = offset.magnitude.quotientAndRemainder(dividingBy: 1_000_000_000)
        var text = offset < 0 ? "-" : ""
        text += [seconds / 3600, seconds / 60 % 60, seconds % 60].map(twoDigits).joined(
            separator: ":")
        if rest > 0 {
            var digits = String(1_000_000_000 + rest).dropFirst()
            while digits.last == "0" { digits.removeLast() }
            text += ".\(digits)"
        }
        return text
    }

    /// `nil` if `text` is not such a time.
    static func parse(_ text: some StringProtocol) -> Timestamp? {
        let isNegative = text.hasPrefix("-")
        let parts = text.drop { $0 == "-" }.split(separator: ":")
        guard parts.count == 3, let hours = Int64(parts[0]), let minutes = Int64(parts[1]),
            let seconds = Double(parts[2])
        else { return nil }
        let whole = (hours * 60 + minutes) * 60
        let nanoseconds = whole * 1_000_000_000 + Int64((seconds * 1e9).rounded())
        return midnight.adding(nanoseconds: isNegative ? -nanoseconds : nanoseconds)
    }

    /// RFC 3339 with whole seconds, as callers write it.
    static func wireText(_ instant: Timestamp) -> String {
        Date(timeIntervalSince1970: TimeInterval(instant.rawValue / 1_000_000_000)).ISO8601Format()
    }

    private static func twoDigits(_ number: UInt64) -> String {
        number < 10 ? "0\(number)" : "\(number)"
    }
}
