// What an app receives with a trigger besides its payload: headers over HTTP, metadata over gRPC.

import Jobs
package import SchedulerCore

package enum TriggerMetadata {
    package static func fields(
        of delivery: Delivery, traceparent: String
    ) -> [(name: String, value: String)] {
        [
            ("Idempotency-Key", "\(delivery.key)"),
            ("Daybook-Due-Time", InstantText.utc(delivery.due)),
            ("Daybook-Attempt", "\(delivery.attempt)"),
            ("Daybook-Cause", "\(delivery.cause)"),
            ("Daybook-Trigger", "\(delivery.trigger.sequence)"),
            ("traceparent", traceparent),
        ]
    }

    /// W3C Trace Context, version 00, sampled: a new trace for every delivery, from random words
    /// that `draw` returns.
    package static func traceparent(
        _ draw: () -> UInt64 = { .random(in: .min ... .max) }
    ) -> String {
        // All-zero ids are invalid.
        let parts = (0..<3).map { _ in
            let digits = String(max(1, draw()), radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }
        return "00-\(parts[0])\(parts[1])-\(parts[2])-01"
    }
}
