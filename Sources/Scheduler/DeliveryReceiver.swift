package import Jobs
package import SchedulerCore

/// A delivery with what the app is to be handed.
package struct LoadedDelivery: Sendable {
    package let delivery: Delivery
    package let payload: Payload?
    /// For receivers that need metadata, of a job that has any.
    package let definition: Definition?

    package init(delivery: Delivery, payload: Payload?, definition: Definition? = nil) {
        self.delivery = delivery
        self.payload = payload
        self.definition = definition
    }
}

/// Somebody who takes triggers: an app's address, or a stream.
package protocol DeliveryReceiver: Sendable {
    /// Whether it is to be handed the definitions of jobs that have metadata; each costs a look
    /// into the log.
    var needsMetadata: Bool { get }
    /// Takes deliveries that are durable. Called on the writer's thread: must return at once. Each
    /// is to be answered by `Scheduler.answer`, once, whatever comes of it.
    func deliver(_ deliveries: [LoadedDelivery])
}

extension DeliveryReceiver {
    package var needsMetadata: Bool { false }
}
