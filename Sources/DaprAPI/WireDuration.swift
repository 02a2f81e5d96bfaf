// Durations in protobuf's form: seconds and nanoseconds. The domain uses nanoseconds only.

package import Jobs
package import SwiftProtobuf

package enum WireDuration {
    /// Throws for `field` if the duration is invalid.
    package static func nanoseconds(
        of duration: Google_Protobuf_Duration, field: String
    ) throws(InvalidField) -> Int64 {
        guard duration.seconds >= 0, duration.nanos >= 0 else {
            throw InvalidField(field, "must not be negative")
        }
        let (whole, overflow) = duration.seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, overflowSum) = whole.addingReportingOverflow(Int64(duration.nanos))
        guard !overflow, !overflowSum else {
            throw InvalidField(field, "is longer than 292 years")
        }
        return sum
    }

    package static func message(of nanoseconds: Int64) -> Google_Protobuf_Duration {
        let (seconds, rest) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        return .with {
            $0.seconds = seconds
            $0.nanos = Int32(rest)
        }
    }

    /// The duration's form in JSON: seconds with 0, 3, 6 or 9 decimals.
    package static func text(of nanoseconds: Int64) -> String {
        let (seconds, rest) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        var decimals = String(rest)
        decimals = String(repeating: "0", count: 9 - decimals.count) + decimals
        while decimals.hasSuffix("000") { decimals.removeLast(3) }
        return decimals.isEmpty ? "\(seconds)s" : "\(seconds).\(decimals)s"
    }
}
