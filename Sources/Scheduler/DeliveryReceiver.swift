package import Jobs
package import SchedulerCore

/// A delivery with what the app is to be handed.
package struct LoadedDelivery: Sendable {
    package let delivery: Delivery
    package let payload: Payload?

    package init(delivery: Delivery, payload: Payload?) {
        self.delivery = delivery
        self.payload = payload
    }
}

/// Somebody who takes triggers: an app's address, or a stream.
package protocol DeliveryReceiver: Sendable {
    /// Takes deliveries that are durable. Called on the writer's thread: must return at once. Each
    /// is to be answered by `Scheduler.answer`, once, whatever comes of it.
    func deliver(_ deliveries: [LoadedDelivery])
}
