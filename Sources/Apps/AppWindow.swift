// The triggers an app has taken and not answered, and whether its window is full. A window that is
// full for a moment means nothing: every burst fills it. One that stays full is logged, with the
// oldest trigger, which is most likely the one that hangs.
//
// open -> (the last place is taken) -> filled -> (half of the places are free) -> open. Half, so
// that an app with all but one handler hanging counts as one filling and not a thousand.

import EventLog
import Jobs
import Scheduler
import SchedulerCore

struct AppWindow {
    struct Held {
        let trigger: TriggerID
        let receiver: ReceiverID
        let jobName: String
        let since: Timestamp
    }

    /// The most triggers of one attachment.
    let size: Int
    private var held: [TriggerID: Held] = [:]
    /// The attachment that took the last trigger; triggers of earlier ones do not count against its
    /// window.
    private var receiver: ReceiverID?
    private var countOfReceiver = 0
    /// The number of this filling, while it lasts.
    private(set) var filling: UInt64?
    private var fillings: UInt64 = 0

    init(size: Int) { self.size = size }

    /// Unanswered triggers of all attachments.
    var count: Int { held.count }

    var oldest: Held? { held.values.min { $0.trigger < $1.trigger } }

    /// Whether the window has just become full.
    mutating func take(_ deliveries: [LoadedDelivery], at now: Timestamp) -> Bool {
        for delivery in deliveries.map(\.delivery) {
            if delivery.receiver != receiver {
                receiver = delivery.receiver
                countOfReceiver = 0
                filling = nil
            }
            countOfReceiver += 1
            held[delivery.trigger] = Held(
                trigger: delivery.trigger, receiver: delivery.receiver,
                jobName: delivery.id.name, since: now)
        }
        guard filling == nil, countOfReceiver >= size else { return false }
        fillings += 1
        filling = fillings
        return true
    }

    mutating func release(_ trigger: TriggerID) {
        guard let released = held.removeValue(forKey: trigger), released.receiver == receiver
        else { return }
        countOfReceiver -= 1
        if countOfReceiver <= size / 2 { filling = nil }
    }

    /// The app is gone: its unanswered triggers remain, but no window can be full.
    mutating func close() {
        receiver = nil
        filling = nil
    }
}
