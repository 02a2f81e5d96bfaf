// The triggers of one stream that have no answer, by their numbers on it, and which of them have had none
// for too long. Time counts from when a trigger was sent: what still waits to be sent is nobody's fault.

package import Jobs

package struct UnansweredTriggers: Sendable {
    package typealias Instant = SuspendingClock.Instant

    private struct Unanswered {
        let trigger: TriggerID
        var sentAt: Instant?
    }

    /// How long each may stay unanswered; `nil` is for ever.
    package let limit: Duration?
    private var triggers: [UInt64: Unanswered] = [:]
    /// When to look for late ones next; `nil` while none was sent.
    package private(set) var lookAt: Instant?

    package init(limit: Duration?) { self.limit = limit }

    package mutating func add(_ trigger: TriggerID, as id: UInt64) {
        triggers[id] = Unanswered(trigger: trigger)
    }

    /// The trigger that is answered; `nil` if there is none of this number.
    package mutating func answer(_ id: UInt64) -> TriggerID? {
        triggers.removeValue(forKey: id)?.trigger
    }

    /// Returns whether `lookAt` is new.
    package mutating func sent(_ id: UInt64, at now: Instant) -> Bool {
        guard let limit else { return false }
        triggers[id]?.sentAt = now
        guard lookAt == nil else { return false }
        lookAt = now.advanced(by: limit)
        return true
    }

    /// Takes those that are late, in the order in which they were sent. Without any, `lookAt` is then in the
    /// future: when the earliest comes to be late, or a little after, so that looking costs little however
    /// many there are.
    package mutating func takeLate(at now: Instant) -> [TriggerID] {
        guard let limit, let lookAt, lookAt <= now else { return [] }
        var late: [UInt64] = []
        var earliest: Instant?
        for (id, unanswered) in triggers {
            guard let sentAt = unanswered.sentAt else { continue }
            if sentAt.advanced(by: limit) <= now { late.append(id) }
            earliest = min(earliest ?? sentAt, sentAt)
        }
        self.lookAt = earliest.map { max($0.advanced(by: limit), now.advanced(by: limit / 16)) }
        return late.sorted().compactMap { answer($0) }
    }
}
