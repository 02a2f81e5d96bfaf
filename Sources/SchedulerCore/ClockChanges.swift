// What follows from a change of the clock. A hold stops triggers, and nothing else. When the clock is put back, dates
// and cron wait for it; ticks that are due a span of time after another or after the acceptance of their job move with
// it, and so do their next attempts, so that nothing is silent for the length of the jump. When it is put forward
// nothing moves: what came due by that is sent. So a job moves by the sum of the jumps since it began to wait, if that
// is back.

import EventLog
import JobState
import Jobs

extension SchedulerStateMachine {
    /// Whether records are as old as they seem: not while the clock is held, nor for a day after it has
    /// jumped by more than an hour.
    func isAgeKnown(_ now: Timestamp) -> Bool {
        !volatile.isClockHeld
            && projection.clockMoves.allSatisfy { move in
                abs(move.length) <= TurnLimits.ageJumpMax
                    || now.nanoseconds(since: move.to) >= TurnLimits.ageDoubt
            }
    }

    mutating func note(_ change: LogClock.Change, _ now: Timestamp, _ effects: inout Effects) {
        switch change {
        case .moved(let from, let to):
            emit(.clockMoved(from: from, to: to), now, &effects)
            if to < from { volatile.rescheduleStart = .zero } else { markClock(now) }
        case .held(let wall):
            emit(.clockHeld(wall: wall), now, &effects)
            volatile.isClockHeld = true
        case .released(let reason): release(reason, now, &effects)
        }
    }

    /// Ends a hold, if there is one.
    mutating func release(_ reason: ClockRelease, _ now: Timestamp, _ effects: inout Effects) {
        guard volatile.isClockHeld else { return }
        emit(.clockReleased(reason), now, &effects)
        volatile.isClockHeld = false
        markClock(now)
    }

    private mutating func markClock(_ now: Timestamp) {
        volatile.clockChanged = Moment(sequence: projection.head, time: now)
    }

    /// Moves what the job of a trigger waits for, if the clock was put back while the trigger was in flight.
    mutating func followClock(
        _ generation: SequenceNumber, since trigger: TriggerID, _ now: Timestamp,
        _ effects: inout Effects
    ) {
        guard let row = projection.row(of: generation),
            let change = clockChange(of: generation, row, since: trigger.sequence)
        else { return }
        emit(.rescheduled(change), now, &effects)
    }

    /// How the clock moves what a job waits for; `since` is the event whose time it was counted from, or the trigger of
    /// the tick it was counted from. `nil`: it stays.
    func clockChange(
        of generation: SequenceNumber, _ row: JobRow, since: SequenceNumber
    ) -> Rescheduling? {
        guard let last = projection.clockMoves.last, since < last.sequence, row.isDueAfterSpanNow
        else { return nil }
        let moved = projection.clockMoves.reduce(Int64(0)) {
            since < $1.sequence ? $0.clampedAdding($1.length) : $0
        }
        let due = row.tick.attemptDue
        // What was due already by the clock before is due now.
        let to = max(due.clampedAdding(nanoseconds: moved), min(due, last.to))
        guard moved < 0, to < due, due != .latest else { return nil }
        return Rescheduling(
            generation: generation, previous: row.previous, reason: .clock, tick: row.tick.number,
            from: due, to: to)
    }
}

extension JobRow {
    /// Whether the tick it waits for is due after a span of time, and not on a date.
    fileprivate var isDueAfterSpanNow: Bool {
        guard case .waiting = tick.phase else { return false }
        return tick.number == 1 ? isDueAfterSpan : rule.schedule?.isInterval ?? false
    }
}
