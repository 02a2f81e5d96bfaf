// Ticks that may be what breaks the connections of their app. When an app dies, every trigger it had
// in flight comes back with its connection broken, and nobody knows which of them killed it. A tick
// that came back so twice in a row is a suspect, and is sent alone: what breaks then is its doing,
// and those that were only beside it clear themselves by their answers. To have it alone, its route
// sends nothing more until a receiver is idle, and that receiver gets nothing else until it is
// settled; but neither for longer than half a minute, because a slow handler, of another job or of
// the suspect, would hold up everything else.
//
// The suspects are known from the rows, so a new process knows them too. Since when a route drains
// is not state: a new process has nothing in flight that it would have to wait for.

import EventLog
import JobState
import Jobs

extension Tick {
    /// The next break of a connection is held against it, and it is sent alone if that can be had.
    var isSuspect: Bool { breaks >= TurnLimits.suspectBreaks }
}

extension SchedulerStateMachine {
    /// Whether `row`, which is due first and could be sent, is a suspect that has to wait until it
    /// can be sent alone. Then its route begins to drain, if it does not.
    mutating func waitsForIdleReceiver(_ row: JobRow, _ now: Timestamp) -> Bool {
        guard row.tick.isSuspect else { return false }
        let route = projection.route(of: row.lane)
        let isIdle = volatile.hasIdleReceiver(route)
        let drain = volatile.drains[route]
        if !isIdle, drain.map({ $0.end <= now && !$0.covers(row) }) ?? true {
            volatile.drains[route] = nextMoment(now)
        }
        if volatile.drains[route] != nil {
            volatile.markFull(route, until: nextMoment(now))
        }
        return !isIdle && volatile.drains[route].map { $0.end > now } ?? false
    }

    /// Closes the route of `lane` in the due index, until it is refreshed.
    mutating func closeRoute(of lane: LaneIndex) -> RouteIndex {
        let route = projection.route(of: lane)
        due.setOpen(route, false)
        return route
    }

    /// Who takes the trigger of `row`: of a suspect, one who has nothing else, if there is one.
    mutating func takeReceiver(for row: JobRow, _ now: Timestamp) -> ReceiverID? {
        let route = projection.route(of: row.lane)
        if row.tick.isSuspect, let receiver = volatile.takeIdleReceiver(of: route, now) {
            volatile.drains[route] = nil
            return receiver
        }
        // Behind it other suspects may stand that have waited as long.
        if let drain = volatile.drains[route], !row.tick.isSuspect, drain.end <= now {
            volatile.drains[route] = nil
        }
        return volatile.takeReceiver(of: route)
    }

    /// When the next tick is due that need not wait for an idle receiver, or need not any more.
    mutating func nextDue(_ now: Timestamp) -> Timestamp {
        var wakeAt = Timestamp.latest
        var held: [RouteIndex] = []
        while let next = due.first {
            guard next.wait.due <= now, let end = drainEnd(next.wait.generation), end > now else {
                wakeAt = min(wakeAt, next.wait.due)
                break
            }
            wakeAt = min(wakeAt, end)
            held.append(closeRoute(of: next.lane))
        }
        for route in held { refresh(route, now) }
        return min(wakeAt, volatile.reservationEnd ?? .latest)
    }

    /// When the draining ends that `generation` waits for; `nil` if it waits for none.
    private func drainEnd(_ generation: SequenceNumber) -> Timestamp? {
        guard !volatile.drains.isEmpty, let row = projection.row(of: generation),
            row.tick.isSuspect
        else { return nil }
        let route = projection.route(of: row.lane)
        return volatile.hasIdleReceiver(route) ? nil : volatile.drains[route]?.end
    }
}

extension Moment {
    /// Of a route that drains since then.
    fileprivate var end: Timestamp { time.clampedAdding(nanoseconds: TurnLimits.drainMax) }

    /// Whether `row` has waited, and been due, since a route began to drain.
    fileprivate func covers(_ row: JobRow) -> Bool {
        row.previous < sequence && row.tick.attemptDue <= time
    }
}
