// Due ticks become triggers: in each route earliest first, while a receiver has room; the routes in
// turns, so that one with a hundred thousand due ticks does not make another's late.

import EventLog
import JobState
import Jobs

extension SchedulerStateMachine {
    /// Triggers due ticks, leaving room in the turn for `reserved` commands.
    mutating func triggerDueTicks(reserved: Int, _ now: Timestamp, _ effects: inout Effects) {
        guard isTriggering else { return }
        for route in volatile.endReservations(at: nextMoment(now)) { refresh(route, now) }
        for route in volatile.endSettling(at: now) { refresh(route, now) }
        var held: [RouteIndex] = []
        var rested: [RouteIndex] = []
        var counts: [RouteIndex: Int] = [:]
        while hasRoom(effects, reserved: reserved) {
            guard let next = due.first, next.wait.due <= now else {
                // Each has had its share of this round.
                if rested.isEmpty { break }
                for route in rested { refresh(route, now) }
                (rested, counts) = ([], [:])
                continue
            }
            guard let row = projection.row(of: next.wait.generation) else {
                // It was deleted by prefix. Without room to free it, it must not keep other routes waiting.
                if !freeEnded(next.wait.generation) { held.append(closeRoute(of: next.lane)) }
                continue
            }
            if row.tick.phase == .waiting(.redelivery),
                volatile.isSettling(projection.route(of: next.lane))
            {
                due.setAside(next.wait, next.lane)
            } else if waitsForIdleReceiver(row, now) {
                held.append(closeRoute(of: next.lane))
            } else {
                trigger(next.wait.generation, row, lane: next.lane, now, &effects)
                let route = projection.route(of: next.lane)
                counts[route, default: 0] += 1
                if counts[route] == TurnLimits.routeShare, due.isOpen(route) {
                    rested.append(closeRoute(of: next.lane))
                }
            }
        }
        for route in held + rested { refresh(route, now) }
    }

    private mutating func trigger(
        _ generation: SequenceNumber, _ row: JobRow, lane: LaneIndex, _ now: Timestamp,
        _ effects: inout Effects
    ) {
        guard case .waiting(let cause) = row.tick.phase,
            let receiver = takeReceiver(for: row, now), let boot = projection.boot(of: generation)
        else { preconditionFailure("job \(generation) is listed as due and cannot be triggered") }
        let trigger = Trigger(
            generation: generation, previous: row.previous, tick: row.tick.number,
            due: row.tick.due, attempt: row.tick.attempt, cause: cause, receiver: receiver,
            heldBy: hold(generation, row, lane))
        emit(.triggered(trigger), now, &effects)
        refresh(lane, now)
        effects.deliveries.append(
            Delivery(
                trigger: TriggerID(projection.head), receiver: receiver, id: row.id,
                generation: generation, hasPayload: row.hasPayload, hasMetadata: row.hasMetadata,
                tick: row.tick.number, due: row.tick.due, attempt: row.tick.attempt, cause: cause,
                key: IdempotencyKey(boot: boot, generation: generation, tick: row.tick.number)))
    }

    /// What kept this attempt from running when it was due; `nil` if nothing did.
    private mutating func hold(_ generation: SequenceNumber, _ row: JobRow, _ lane: LaneIndex)
        -> Trigger.Hold?
    {
        let history = volatile.routes[projection.route(of: lane)] ?? VolatileState.Route()
        let (tick, due) = (row.tick, row.tick.attemptDue)
        if case .waiting(.redelivery) = tick.phase, history.settledAt.held(generation, due: due) {
            return .reconnecting
        }
        if volatile.opened.held(generation, due: due) { return .downtime }
        if volatile.clockChanged.held(generation, due: due) { return .clock }
        if history.presentSince.held(generation, due: due) { return .receiverAbsent }
        if tick.isBehindPredecessor, tick.attempt == 1 { return .predecessor }
        if history.fullUntil.held(generation, due: due) { return .windowFull }
        if isHeldByGate(since: row.previous, due: due, lane) { return .gate }
        return nil
    }
}
