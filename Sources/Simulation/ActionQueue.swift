import EventLog
import JobState

/// Actions of the simulated world by virtual time; at equal times in the order they were planned.
struct ActionQueue<Action: Sendable>: Sendable {
    private struct Slot: Comparable, Sendable {
        let time: Timestamp
        let number: UInt64

        static func < (left: Slot, right: Slot) -> Bool {
            left.time != right.time ? left.time < right.time : left.number < right.number
        }
    }

    private var planned = ChunkedTable<Slot, Action>()
    private var last: UInt64 = 0

    var nextTime: Timestamp? { planned.first?.key.time }

    mutating func plan(_ action: Action, at time: Timestamp) {
        last += 1
        planned.set(Slot(time: time, number: last), to: action)
    }

    /// Removes the actions for which `isDropped` is true.
    mutating func drop(_ isDropped: (Action) -> Bool) {
        var dropped: [Slot] = []
        planned.forEach { slot, action in
            if isDropped(action) { dropped.append(slot) }
            return true
        }
        for slot in dropped { planned.remove(slot) }
    }

    /// The next action, if it is planned for `time` or earlier.
    mutating func take(by time: Timestamp) -> Action? {
        guard let (slot, action) = planned.first, slot.time <= time else { return nil }
        planned.remove(slot)
        return action
    }
}
