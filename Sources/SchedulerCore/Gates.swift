// Limits of concurrency. A gate is shut while as many triggers are in flight behind it as its limit
// allows; what waits before it waits in the order of due times, and costs nothing. Every trigger
// passes the gate of its route, and one of a job with a concurrency key that of its lane too. Who
// names a limit may come and go: a gate lives while somebody names it, and the newest counts.
// Dapr: pkg/scheduler/server/internal/pool/connections/concurrency.go.

import EventLog
import JobState

struct Gates: Sendable {
    enum Key: Hashable, Sendable {
        case route(RouteIndex)
        case lane(LaneIndex)
    }

    struct Gate: Sendable {
        /// Who names it, in the order of their appearance.
        fileprivate(set) var limits: [(id: LimitID, inFlightMax: UInt32)] = []
        fileprivate(set) var isShut = false
        /// Until then it was shut.
        fileprivate(set) var shutUntil = Moment()
        /// Triggers that were late because of it.
        fileprivate(set) var heldCount: UInt64 = 0

        /// `nil` if nobody limits it.
        var inFlightMax: UInt32? { limits.last?.inFlightMax }
    }

    private var gates: [Key: Gate] = [:]
    private var keys: [LimitID: Key] = [:]

    subscript(_ key: Key) -> Gate? { gates[key] }

    /// Those that somebody limits now.
    var limited: [Key: Gate] { gates.filter { $0.value.inFlightMax != nil } }

    func key(of id: LimitID) -> Key? { keys[id] }

    mutating func add(_ id: LimitID, _ key: Key, inFlightMax: UInt32) {
        keys[id] = key
        gates[key, default: Gate()].limits.append((id, inFlightMax))
    }

    /// The gate stays, without a limit: a job it held is late because of it.
    mutating func remove(_ id: LimitID) {
        guard let key = keys.removeValue(forKey: id) else { return }
        gates[key]?.limits.removeAll { $0.id == id }
    }

    mutating func turnBack(to now: Timestamp) {
        for key in gates.keys { gates[key]?.shutUntil.turnBack(to: now) }
    }

    mutating func countHeld(_ key: Key) { gates[key]?.heldCount += 1 }

    /// Whether one more trigger may pass; `inFlightCount` are behind the gate.
    mutating func isOpen(_ key: Key, inFlightCount: Int, at moment: Moment) -> Bool {
        guard let gate = gates[key] else { return true }
        let isShut = gate.inFlightMax.map { inFlightCount >= Int($0) } ?? false
        if gate.isShut != isShut {
            gates[key]?.isShut = isShut
            if !isShut { gates[key]?.shutUntil = moment }
        }
        return !isShut
    }
}
