// What the clock did, and what must follow: nothing is triggered while it is held; ticks that are due after a span of
// time move when it is put back. What ran while it was ahead is found when it comes back.

import EventLog
import Jobs

extension Audit {
    mutating func moveClock(_ from: Timestamp, _ to: Timestamp, at sequence: SequenceNumber) {
        clock.add(ClockHistory.Jump(sequence: sequence, from: from, to: to))
        if to > from {
            clock.changed = now
        } else {
            totals.ticksAheadOfClock += clock.takeDues(after: to)
        }
    }

    mutating func holdClock(at sequence: SequenceNumber) {
        if clock.heldSince != nil, !isExcused(clock.changed.sequence) {
            findings.add(.unexplained, [sequence], "The clock was held, and it was already.")
        }
        totals.clockHolds += 1
        clock.heldSince = now
    }

    mutating func releaseClock(at sequence: SequenceNumber) {
        if clock.heldSince == nil, gap == .zero {
            findings.add(.unexplained, [sequence], "The clock was believed again, and not held.")
        }
        endHold(at: now.time)
        clock.changed = now
    }

    /// A hold, if there is one, ends with the process.
    mutating func endHold(at time: Timestamp) {
        guard let since = clock.heldSince else { return }
        uptime.hold(since.time, time)
        clock.heldSince = nil
    }

    /// While the clock is held, it may be it that made the records look old enough.
    mutating func forget(_ forgotten: Forgotten, at sequence: SequenceNumber) {
        if forgotten.through >= opened {
            findings.add(
                .unexplained, [opened, sequence],
                "Records up to \(forgotten.through) were removed, which their writer still needs."
            )
        }
        if let held = clock.heldSince, gap == .zero {
            findings.add(
                .unexplained, [held.sequence, sequence],
                "The beginning of the log was removed while the clock was held.")
        }
    }

    func clockFault(
        of event: Rescheduling, for generation: Generation, at sequence: SequenceNumber
    ) -> String? {
        let attempt: Attempt
        switch generation.phase {
        case .unknown: return nil
        case .inFlight, .finished: return "Nothing waited that the clock could move."
        case .waiting(let waiting): attempt = waiting
        }
        guard event.tick == generation.tick, event.from == attempt.at else {
            return "Another attempt was moved than that of tick \(generation.tick) at"
                + " \(attempt.at.inUTC), which it waited for."
        }
        guard generation.rule != nil else { return nil }
        guard generation.isSpanned else {
            return "It waits for a date, which does not move with the clock."
        }
        guard gap == .zero, let last = clock.jumps.last else {
            return gap == .zero ? "The clock has not moved." : nil
        }
        // Right after an acknowledgement the jumps count that came while its trigger was in flight.
        let start = sequence == attempt.since.next ? attempt.countedIn : attempt.since
        let moved = attempt.at.clampedAdding(nanoseconds: clock.sum(after: start))
        let to = max(moved, min(attempt.at, last.to))
        guard to < attempt.at, event.to == to else {
            return "By the clock it moves to \(to.inUTC), not \(show(event.to))."
        }
        return nil
    }
}

extension Generation {
    /// Moves what it waits for with the clock.
    mutating func follow(
        _ event: Rescheduling, to: Timestamp, at sequence: SequenceNumber, _ time: Timestamp
    ) {
        let moved = to.nanoseconds(since: event.from)
        due = due.clampedAdding(nanoseconds: moved)
        if isExpiringAfterSpan, let expiry = rule?.expiry {
            rule = rule?.expiring(at: expiry.clampedAdding(nanoseconds: moved))
        }
        guard case .waiting(var attempt) = phase else {
            phase = .waiting(Attempt(at: to, since: sequence, time: time, cause: .clock))
            return
        }
        attempt.at = to
        attempt.since = sequence
        attempt.countedIn = sequence
        attempt.time = time
        attempt.cause = .clock
        phase = .waiting(attempt)
    }
}
