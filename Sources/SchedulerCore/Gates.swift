// Limits of concurrency. A gate is shut while as many triggers are in flight behind it as its limit
// allows. Jobs that wait at a gate wait in the order of due times and cost nothing. Every trigger
// passes the gate of its route, and, if its job has a concurrency key, the gate of its lane too.
// Clients that set a limit come and go; if several set one, the newest limit applies.
// Dapr: pkg/scheduler/server/internal/pool/connections/concurrency.go.

import EventLog
import JobState

struct Gates: Sendable {
    enum Key: Hashable, Sendable {
        case route(RouteIndex)
        case lane(LaneIndex)
    }

    struct Gate: Sendable {
        /// The limits that clients have set, oldest first.
        fileprivate(set) var limits: [(id: LimitID, inFlightMax: UInt32)] = []
        fileprivate(set) var isShut = false
        /// When it last opened again.
        fileprivate(set) var shutUntil = Moment()
        /// Number of triggers that were late because of it.
        fileprivate(set) var heldCount: UInt64 = 0

        /// `nil` if there is no limit.
        var inFlightMax: UInt32? { limits.last?.inFlightMax }
    }

    private var gates: [Key: Gate] = [:]
    private var keys: [LimitID: Key] = [:]

    subscript(_ key: Key) -> Gate? { gates[key] }

    /// The gates that have a limit now.
    var limited: [Key: Gate] { gates.filter { $0.value.inFlightMax != nil } }

    func key(of id: LimitID) -> Key? { keys[id] }

    mutating func add(_ id: LimitID, _ key: Key, inFlightMax: UInt32) {
        keys[id] = key
        gates[key, default: Gate()].limits.append((id, inFlightMax))
    }

    /// The gate stays, without a limit, while its route or lane does: a job that it held is still late because of it.
    mutating func remove(_ id: LimitID) {
        guard let key = keys.removeValue(forKey: id) else { return }
        gates[key]?.limits.removeAll { $0.id == id }
    }

    /// Forgets the gate of a route or lane that is given up.
    mutating func forget(_ key: Key) { if gates[key] != nil { gates[key] = nil } }

    mutating func turnBack(to now: Timestamp) {
        for key in gates.keys { gates[key]?.shutUntil.turnBack(to: now) }
    }

    mutating func countHeld(_ key: Key) { gates[key]?.heldCount += 1 }

    /// Whether one more trigger may pass; `inFlightCount` are in flight behind the gate.
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
