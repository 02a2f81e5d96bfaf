// Gates open and shut when limits are set or removed, and with every trigger and its answer.

package import EventLog
import JobState
package import Jobs

extension SchedulerStateMachine {
    /// Sets a limit for a receiver's client. Recorded if the limit in force changes.
    mutating func limit(
        _ id: LimitID, _ limit: ConcurrencyLimit, _ now: Timestamp, _ effects: inout Effects
    ) {
        guard let inFlightMax = limit.inFlightMax else {
            preconditionFailure("limit \(id.rawValue) limits nothing")
        }
        let old = gateKey(of: limit).flatMap { volatile.gates[$0]?.inFlightMax }
        if old != inFlightMax { emit(.concurrencyLimited(limit), now, &effects) }
        guard let key = gateKey(of: limit) else {
            preconditionFailure("a limited gate has no lane")
        }
        volatile.gates.add(id, key, inFlightMax: inFlightMax)
        refresh(key, now)
    }

    /// Removes a limit. The one that was set before it applies again.
    mutating func unlimit(_ id: LimitID, _ now: Timestamp, _ effects: inout Effects) {
        guard let key = volatile.gates.key(of: id) else { return }
        let old = volatile.gates[key]?.inFlightMax
        volatile.gates.remove(id)
        let inFlightMax = volatile.gates[key]?.inFlightMax
        if old != inFlightMax {
            let (route, gate) = names(of: key)
            let limit = ConcurrencyLimit(
                route: route, concurrencyKey: gate, inFlightMax: inFlightMax)
            emit(.concurrencyLimited(limit), now, &effects)
        }
        refresh(key, now)
    }

    private func gateKey(of limit: ConcurrencyLimit) -> Gates.Key? {
        guard let route = projection.routeIndex(of: limit.route) else { return nil }
        guard let key = limit.concurrencyKey else { return .route(route) }
        return projection.laneIndex(of: route, gate: key).map(Gates.Key.lane)
    }

    private func names(of key: Gates.Key) -> (RouteKey, gate: String?) {
        switch key {
        case .route(let route): (projection.routes[Int(route.rawValue)].key, nil)
        case .lane(let lane):
            (
                projection.routes[Int(projection.route(of: lane).rawValue)].key,
                projection.lanes[Int(lane.rawValue)].key.gate
            )
        }
    }

    private mutating func refresh(_ key: Gates.Key, _ now: Timestamp) {
        switch key {
        case .route(let route): refresh(route, now)
        case .lane(let lane): refresh(lane, now)
        }
    }

    /// Opens or closes a lane in the due index, and its route.
    mutating func refresh(_ lane: LaneIndex, _ now: Timestamp) {
        let count = projection.lanes[Int(lane.rawValue)].inFlightCount
        due.setOpen(
            lane,
            volatile.gates.isOpen(.lane(lane), inFlightCount: count, at: moment(now)))
        refresh(projection.route(of: lane), now)
    }

    /// Opens or closes a route in the due index: open if a receiver has room and its gate is open.
    mutating func refresh(_ route: RouteIndex, _ now: Timestamp) {
        let count = projection.routes[Int(route.rawValue)].inFlightCount
        let isGateOpen = volatile.gates.isOpen(
            .route(route), inFlightCount: count, at: moment(now))
        due.setOpen(route, isGateOpen && volatile.hasRoom(route))
        if !volatile.isSettling(route), due.bringBack(route) {
            volatile.markSettled(route, at: nextMoment(now))
        }
    }

    /// Now, with the last event.
    private func moment(_ now: Timestamp) -> Moment {
        Moment(sequence: projection.head, time: now)
    }

    /// Now, with the event that comes next.
    func nextMoment(_ now: Timestamp) -> Moment {
        Moment(sequence: projection.head.next, time: now)
    }

    /// Whether a gate of `lane` held an attempt that was due at `due` and has waited since the event
    /// `previous`. The trigger that shut the gate may be the attempt before it. Counted in the metrics.
    mutating func isHeldByGate(
        since previous: SequenceNumber, due: Timestamp, _ lane: LaneIndex
    ) -> Bool {
        let keys: [Gates.Key] = [.lane(lane), .route(projection.route(of: lane))]
        let holding = keys.filter { key in
            volatile.gates[key]?.shutUntil.held(previous, due: due) ?? false
        }
        for key in holding { volatile.gates.countHeld(key) }
        return !holding.isEmpty
    }
}

/// A gate's state, for metrics.
package struct GateStatus: Sendable {
    package let route: RouteKey
    package let concurrencyKey: String?
    package let inFlightCount: Int
    /// Number of jobs that are due and wait at the gate.
    package let dueCount: Int
    /// Number of triggers of this process that were late because of it.
    package let heldCount: UInt64
}

extension SchedulerStateMachine {
    /// Every gate that has a limit now, in no particular order.
    package func gateStatus(at now: Timestamp) -> [GateStatus] {
        volatile.gates.limited.map { key, gate in
            let (route, concurrencyKey) = names(of: key)
            let (inFlightCount, lanes) =
                switch key {
                case .lane(let lane): (projection.lanes[Int(lane.rawValue)].inFlightCount, [lane])
                case .route(let route):
                    (
                        projection.routes[Int(route.rawValue)].inFlightCount,
                        projection.routes[Int(route.rawValue)].lanes
                    )
                }
            return GateStatus(
                route: route, concurrencyKey: concurrencyKey, inFlightCount: inFlightCount,
                dueCount: lanes.reduce(0) { $0 + due.dueCount($1, at: now) },
                heldCount: gate.heldCount)
        }
    }
}
