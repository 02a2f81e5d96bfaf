import EventLog
import JobState

/// What the simulated world does next, by virtual time; equal times in the order they were planned.
struct Agenda<Happening: Sendable>: Sendable {
    private struct Slot: Comparable, Sendable {
        let time: Timestamp
        let number: UInt64

        static func < (left: Slot, right: Slot) -> Bool {
            left.time != right.time ? left.time < right.time : left.number < right.number
        }
    }

    private var happenings = ChunkedTable<Slot, Happening>()
    private var last: UInt64 = 0

    var nextTime: Timestamp? { happenings.first?.key.time }

    mutating func plan(_ happening: Happening, at time: Timestamp) {
        last += 1
        happenings.set(Slot(time: time, number: last), to: happening)
    }

    /// What `isDropped` will not happen.
    mutating func drop(_ isDropped: (Happening) -> Bool) {
        var dropped: [Slot] = []
        happenings.forEach { slot, happening in
            if isDropped(happening) { dropped.append(slot) }
            return true
        }
        for slot in dropped { happenings.remove(slot) }
    }

    /// The next happening, if it is to happen by `time`.
    mutating func take(by time: Timestamp) -> Happening? {
        guard let (slot, happening) = happenings.first, slot.time <= time else { return nil }
        happenings.remove(slot)
        return happening
    }
}
