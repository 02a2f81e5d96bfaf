// What an app receives with a trigger besides its payload: headers over HTTP, metadata over gRPC.

import Jobs
package import SchedulerCore

package enum TriggerMetadata {
    package static func fields(of delivery: Delivery) -> [(name: String, value: String)] {
        [
            ("Idempotency-Key", "\(delivery.key)"),
            ("Daybook-Due-Time", InstantText.utc(delivery.due)),
            ("Daybook-Attempt", "\(delivery.attempt)"),
            ("Daybook-Cause", "\(delivery.cause)"),
            ("Daybook-Trigger", "\(delivery.trigger.sequence)"),
        ]
    }
}
