// Ticks that may be the cause of broken connections. When an app dies, the connection of every trigger
// that it had in flight breaks, and it is unknown which trigger killed it. A tick whose connection broke
// twice in a row is a suspect and is sent alone: then a break is certainly its doing, and ticks that
// were merely in flight at the same time are cleared by their answers. To send it alone, its route sends
// nothing until a receiver is idle, and that receiver gets nothing else until the suspect is settled.
// Each of the two lasts half a minute at most, so that a slow handler does not hold up everything else.
//
// Suspects are known from the rows, so a new process knows them too. How long a route has been draining
// is not kept: a new process has nothing in flight to wait for.

import EventLog
import JobState
import Jobs

extension Tick {
    /// The next break of its connection counts as a failed attempt; it is sent alone if possible.
    var isSuspect: Bool { breaks >= TurnLimits.suspectBreaks }
}

extension SchedulerStateMachine {
    /// Whether `row`, which is due first and could be sent, is a suspect that must wait until it can be
    /// sent alone. If so, its route begins to drain unless it drains already.
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

    /// The receiver for the trigger of `row`. A suspect gets an idle receiver if there is one.
    mutating func takeReceiver(for row: JobRow, _ now: Timestamp) -> ReceiverID? {
        let route = projection.route(of: row.lane)
        if row.tick.isSuspect, let receiver = volatile.takeIdleReceiver(of: route, now) {
            volatile.drains[route] = nil
            return receiver
        }
        // A suspect does not end the drain: later suspects may have waited as long.
        if let drain = volatile.drains[route], !row.tick.isSuspect, drain.end <= now {
            volatile.drains[route] = nil
        }
        return volatile.takeReceiver(
            of: route, isRedelivery: row.tick.phase == .waiting(.redelivery))
    }

    /// When the next tick is due that need not wait for an idle receiver, or when such a wait ends.
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
        return min(wakeAt, volatile.reservationEnd ?? .latest, volatile.settlingEnd ?? .latest)
    }

    /// When the drain that `generation` waits for ends; `nil` if it waits for none.
    private func drainEnd(_ generation: SequenceNumber) -> Timestamp? {
        guard !volatile.drains.isEmpty, let row = projection.row(of: generation),
            row.tick.isSuspect
        else { return nil }
        let route = projection.route(of: row.lane)
        return volatile.hasIdleReceiver(route) ? nil : volatile.drains[route]?.end
    }
}

extension Moment {
    /// The end of a drain that began at this moment.
    fileprivate var end: Timestamp { time.clampedAdding(nanoseconds: TurnLimits.drainMax) }

    /// Whether `row` was already due and waiting when the drain began.
    fileprivate func covers(_ row: JobRow) -> Bool {
        row.previous < sequence && row.tick.attemptDue <= time
    }
}
