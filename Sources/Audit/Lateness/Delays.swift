// Why a trigger came late. Its wait, from the instant of the attempt to the trigger, is divided by what the
// events show was in the way; what held it longest is the cause. The hold in the trigger itself is used
// for what no event shows, and is checked against events that contradict it.

import EventLog
import Jobs

/// The wait of a late trigger.
struct Delay {
    let cause: LateCause
    /// Nanoseconds of the wait that nothing excuses.
    let unexcused: Int64
}

extension Audit {
    func delay(of event: Trigger, for attempt: Attempt, of generation: Generation) -> Delay {
        let (from, to) = (attempt.at, now.time)
        // Until then something else held the attempt.
        let ready = max(from, min(attempt.time, to))
        let app = apps[generation.app]

        func rest(_ from: Timestamp, _ to: Timestamp) -> Int64 {
            let away = uptime.downtimes.overlap(from, to)
                .clampedAdding(app.absence(from, to))
                .clampedAdding(uptime.jumps.overlap(from, to))
            return max(0, to.nanoseconds(since: from).clampedAdding(-away))
        }

        var left = rest(ready, to)
        let full = min(left, app.fullness(ready, to))
        left -= full
        // No event shows that all of several receivers are full, whether a stream will stay, and how long a limit
        // was reached: the hold in the trigger is used.
        var said: (windowFull: Int64, gate: Int64, reconnecting: Int64) = (full, 0, 0)
        switch event.heldBy {
        case .windowFull: (said.windowFull, left) = (full + left, 0)
        case .gate: (said.gate, left) = (left, 0)
        case .reconnecting: (said.reconnecting, left) = (left, 0)
        case .downtime, .receiverAbsent, .predecessor, .clock, nil: break
        }
        let silence = min(left, uptime.silences.overlap(ready, to))
        let shares: [(LateCause, Int64)] = [
            (.downtime, uptime.downtimes.overlap(from, to)),
            (.parked, app.absence(from, to)),
            (.clock, uptime.jumps.overlap(from, to)),
            (attempt.cause, rest(from, ready)),
            (.windowFull, said.windowFull), (.gate, said.gate), (.redelivered, said.reconnecting),
            (.silence, silence), (.writer, left - silence),
        ]
        var longest = shares[0]
        for share in shares where share.1 > longest.1 { longest = share }
        return Delay(cause: longest.0, unexcused: left)
    }

    /// The fault if the events contradict the hold in the trigger.
    func heldFault(of event: Trigger, for attempt: Attempt, of generation: Generation) -> String? {
        guard gap == .zero, let hold = event.heldBy else { return nil }
        let app = apps[generation.app]
        let isWrong: Bool
        switch hold {
        case .downtime: isWrong = generation.number > opened || attempt.at >= openedAt
        case .receiverAbsent:
            isWrong =
                app.receiver != nil
                && (generation.number > app.changed.sequence || attempt.at >= app.changed.time)
        case .predecessor:
            isWrong =
                generation.tick == generation.firstTick
                || !attempt.isRepeated && attempt.cause == .predecessor
                    && attempt.time < attempt.at
        case .reconnecting: isWrong = event.cause != .redelivery
        case .clock:
            isWrong =
                generation.number > clock.changed.sequence || attempt.at >= clock.changed.time
        case .windowFull: isWrong = app.inFlight == 0 && app.busyUntil <= attempt.at
        case .gate:
            isWrong = !routes.wasLimited(
                generation.route, generation.lane, since: attempt.since)
        }
        guard isWrong else { return nil }
        return "It says it was held by \(hold), and the events show that it was not."
    }
}
