// How triggers that are durable go to their receivers, with what each is to be handed.

import EventLog
import Failpoints
import Jobs
import SchedulerCore

struct Sending {
    let receivers: ReceiverRegistry
    let inbox: Inbox

    /// Loads what the receivers are to be handed, and hands each what is for it.
    func send<Log: LogReader & ~Copyable>(
        _ deliveries: [Delivery], from log: borrowing Log
    ) throws(SchedulerError) {
        var loaded: [ReceiverID: [LoadedDelivery]] = [:]
        for delivery in deliveries {
            loaded[delivery.receiver, default: []].append(try load(delivery, from: log))
        }
        for receiver in loaded.keys.sorted() {
            Failpoint.sendBegun.hit()
            let batch = loaded[receiver] ?? []
            if let receiver = receivers[receiver] {
                receiver.deliver(batch)
                Failpoint.sent.hit()
            } else {
                // It left while the turn was taken; its absence waits in the inbox before these
                // answers.
                for delivery in batch {
                    inbox.put(
                        .answer(Answer(trigger: delivery.delivery.trigger, outcome: .undeliverable))
                    )
                }
            }
        }
    }

    private func load<Log: LogReader & ~Copyable>(
        _ delivery: Delivery, from log: borrowing Log
    ) throws(SchedulerError) -> LoadedDelivery {
        let needsDefinition = receivers[delivery.receiver]?.needsDefinitions ?? false
        return LoadedDelivery(
            delivery: delivery,
            payload: delivery.hasPayload
                ? try JobArchive.payload(of: delivery.generation, in: log) : nil,
            definition: needsDefinition
                ? try JobArchive.definition(of: delivery.generation, in: log) : nil)
    }
}
