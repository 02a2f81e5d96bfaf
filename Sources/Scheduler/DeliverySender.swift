// Sends durable triggers to their receivers, with the data that each needs.

import EventLog
import Failpoints
import Jobs
import SchedulerCore

struct DeliverySender {
    let receivers: ReceiverRegistry
    let inbox: Inbox

    /// Loads the data of the deliveries and gives each receiver its own.
    func send<Log: LogReader & ~Copyable>(
        _ deliveries: [Delivery], from log: borrowing Log
    ) throws(SchedulerError) {
        let batches = Dictionary(grouping: deliveries, by: \.receiver)
        for (id, batch) in batches.sorted(by: { $0.key < $1.key }) {
            Failpoint.sendBegun.hit()
            if let receiver = receivers[id] {
                receiver.deliver(try load(batch, receiver.needsMetadata, from: log))
                Failpoint.sent.hit()
            } else {
                // It disconnected during the turn; its absence is in the inbox before these
                // answers.
                for delivery in batch {
                    inbox.put(
                        .answer(Answer(trigger: delivery.trigger, outcome: .undeliverable)))
                }
            }
        }
    }

    private func load<Log: LogReader & ~Copyable>(
        _ batch: [Delivery], _ needsMetadata: Bool, from log: borrowing Log
    ) throws(SchedulerError) -> [LoadedDelivery] {
        var loaded: [LoadedDelivery] = []
        loaded.reserveCapacity(batch.count)
        for delivery in batch {
            loaded.append(
                LoadedDelivery(
                    delivery: delivery,
                    payload: delivery.hasPayload
                        ? try JobArchive.payload(of: delivery.generation, in: log) : nil,
                    definition: needsMetadata && delivery.hasMetadata
                        ? try JobArchive.definition(of: delivery.generation, in: log) : nil))
        }
        return loaded
    }
}
