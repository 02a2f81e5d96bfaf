// How a job's tick changes when its outcome is recorded. The event says what comes next; the fold
// only checks that it is possible.

import EventLog
import Jobs

extension JobRow {
    /// Applies the outcome of the trigger in flight. False if the job is not waiting for it, or the
    /// recorded next step is not possible.
    mutating func settle(_ acknowledgement: Acknowledgement, at time: Timestamp)
        -> Bool
    {
        guard tick.phase == .inFlight(acknowledgement.trigger) else { return false }
        if !acknowledgement.outcome.isNoAnswer { isFailing = acknowledgement.outcome.isFailure }
        let again = acknowledgement.next.flatMap { $0.tick == tick.number ? $0.at : nil }
        switch acknowledgement.outcome {
        case .succeeded, .dropped:
            return advance(to: acknowledgement.next, after: tick.number, at: time)
        case .failed, .timedOut:
            guard let again else {
                return advance(to: acknowledgement.next, after: tick.number, at: time)
            }
            if acknowledgement.connectionBroke { countBreak() } else { tick.breaks = 0 }
            tick.attempt += 1
            tick.attemptDue = again
            tick.phase = .waiting(.retry)
        case .undeliverable, .abandoned:
            guard let again else { return false }
            if acknowledgement.connectionBroke { countBreak() }
            tick.attemptDue = again
            tick.phase = .waiting(.redelivery)
        case .late: return false
        }
        return true
    }

    private mutating func countBreak() { if tick.breaks < .max { tick.breaks += 1 } }

    /// Skips waiting ticks. False if they are not the next ones.
    mutating func skip(_ skip: Skip, at time: Timestamp) -> Bool {
        guard case .waiting = tick.phase, skip.firstTick == tick.number,
            skip.lastTick >= skip.firstTick
        else { return false }
        return advance(to: skip.next, after: skip.lastTick, at: time)
    }

    /// Advances to the tick after `last`, or to the end. False if `next` differs from that.
    private mutating func advance(
        to next: Acknowledgement.Next?, after last: UInt64, at time: Timestamp
    ) -> Bool {
        guard let next else {
            tick.phase = .finished
            return true
        }
        guard last < .max, next.tick == last + 1 else { return false }
        tick = Tick(
            number: next.tick, due: next.at, countedFrom: tick.due,
            isBehindPredecessor: next.at <= time)
        return true
    }

    /// Moves what the job waits for, or ends the job. False if it does not wait for that; with new zone rules only the
    /// first attempt of a tick moves.
    mutating func reschedule(_ change: Rescheduling) -> Bool {
        guard case .waiting(let cause) = tick.phase, tick.number == change.tick,
            tick.attemptDue == change.from
        else { return false }
        let isFirstAttempt = cause == .schedule && tick.due == tick.attemptDue
        switch (change.reason, change.to) {
        case (.rules, nil) where isFirstAttempt: tick.phase = .finished
        case (.rules, let due?) where isFirstAttempt:
            tick.due = due
            tick.attemptDue = due
        case (.clock, let due?):
            let moved = due.nanoseconds(since: change.from)
            tick.due = tick.due.clampedAdding(nanoseconds: moved)
            tick.attemptDue = due
            if isExpiringAfterSpan, let expiry = rule.expiry {
                rule = rule.expiring(at: expiry.clampedAdding(nanoseconds: moved))
            }
        case (.rules, _), (.clock, nil): return false
        }
        return true
    }
}

extension Deletion.Reason {
    /// Whether the reason says that no tick was left.
    var isOfFinishedJob: Bool {
        switch self {
        case .requested: false
        case .completed, .expired, .givenUp: true
        }
    }
}

extension Acknowledgement.Outcome {
    /// Whether the outcome is possible for a trigger whose job has ended.
    var canFollowTheEnd: Bool {
        switch self {
        case .timedOut, .undeliverable, .abandoned, .late: true
        case .succeeded, .failed, .dropped: false
        }
    }
}
