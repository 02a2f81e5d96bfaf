package import Jobs
package import SchedulerCore

/// A delivery with the data that the app receives.
package struct LoadedDelivery: Sendable {
    package let delivery: Delivery
    package let payload: Payload?
    /// Loaded only for receivers that need metadata, and jobs that have any.
    package let definition: Definition?

    package init(delivery: Delivery, payload: Payload?, definition: Definition? = nil) {
        self.delivery = delivery
        self.payload = payload
        self.definition = definition
    }
}

/// Takes triggers: an app's address, or a stream.
package protocol DeliveryReceiver: Sendable {
    /// Whether it needs the definitions of jobs that have metadata; each costs a read of the log.
    var needsMetadata: Bool { get }
    /// Takes durable deliveries. Called on the writer's thread, so it must return at once. Each
    /// delivery must be answered exactly once with `Scheduler.answer`.
    func deliver(_ deliveries: [LoadedDelivery])
}

extension DeliveryReceiver {
    package var needsMetadata: Bool { false }
}
