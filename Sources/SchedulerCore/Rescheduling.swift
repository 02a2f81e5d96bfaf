// Zone rules may change while no process runs. Then they are recorded at boot, and every tick that
// was not due yet at that moment is counted anew by them; what was due already stays as it was. That
// takes as many turns as it must, and nothing is triggered before it is done. A process that dies in
// between leaves the rest to the next one, which finds them by the same moment.

import EventLog
import JobState
import Jobs

extension SchedulerStateMachine {
    /// Records changed rules, then moves ticks, leaving room in the turn for `reserved` commands.
    mutating func reschedule(reserved: Int, _ now: Timestamp, _ effects: inout Effects) {
        guard isActing, let start = volatile.rescheduleStart else { return }
        recordRules(reserved: reserved, now, &effects)
        guard volatile.changedRules.isEmpty else { return }
        var changes: [Rescheduling] = []
        var room = room(in: effects, reserved: reserved) * TurnLimits.inputEventsMax
        var rest: SequenceNumber?
        projection.rows.forEach(from: start) { generation, row in
            guard let change = change(of: generation, row) else { return true }
            room -= change.to == nil ? 2 : 1
            guard room >= 0 else {
                rest = generation
                return false
            }
            changes.append(change)
            return true
        }
        for change in changes {
            emit(.rescheduled(change), now, &effects)
            if change.to == nil {
                let deletion = Deletion(
                    generation: change.generation, previous: projection.head, reason: .expired)
                emit(.deleted(deletion), now, &effects)
            }
        }
        volatile.rescheduleStart = rest
    }

    private mutating func recordRules(
        reserved: Int, _ now: Timestamp, _ effects: inout Effects
    ) {
        var recorded = 0
        var bytes = 0
        for rules in volatile.changedRules {
            bytes += rules.tzif.count
            guard recorded < room(in: effects, reserved: reserved), bytes <= TurnLimits.turnBytesMax
            else { break }
            recorded += 1
        }
        for rules in volatile.changedRules.prefix(recorded) {
            emit(.zoneRules(rules), now, &effects)
        }
        volatile.changedRules.removeFirst(recorded)
    }

    /// How the tick that `row` waits for has moved, if it has.
    private func change(of generation: SequenceNumber, _ row: JobRow) -> Rescheduling? {
        let tick = row.tick
        // A first tick at a due time that was given stands by itself.
        guard let zone = row.rule.schedule?.zone, let rules = projection.zoneChanges[zone],
            row.previous < rules.sequence, tick.phase == .waiting(.schedule),
            tick.due > rules.opened, tick.countedFrom < tick.due
        else { return nil }
        // What the new rules would have had before they were recorded is past, not missed.
        let due = row.rule.first(
            anchor: max(tick.countedFrom, rules.opened), isDueAtAnchor: false,
            in: projection.zones)
        guard due != tick.due else { return nil }
        return Rescheduling(
            generation: generation, previous: row.previous, tick: tick.number, from: tick.due,
            to: due)
    }
}
