// Zone rules may change while no process runs. They are then recorded at boot, and the due time of
// every tick that was not due by then is computed again; ticks that were due already stay as they are.
// When the clock is put back, what waits for a span of time moves with it.
// Either may take several turns, and nothing is triggered before it is done. If the process dies in
// between, the next one finishes the work, using the same moment.

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
            guard projection.isLive(generation, row), let change = change(of: generation, row)
            else { return true }
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

    /// The change of what `row` waits for; `nil` if it stays.
    private func change(of generation: SequenceNumber, _ row: JobRow) -> Rescheduling? {
        clockChange(of: generation, row, since: row.previous) ?? ruleChange(of: generation, row)
    }

    private func ruleChange(of generation: SequenceNumber, _ row: JobRow) -> Rescheduling? {
        let tick = row.tick
        // A first tick at a given due time does not depend on zone rules.
        guard let zone = row.rule.schedule?.zone, let rules = projection.zoneChanges[zone],
            row.previous < rules.sequence, tick.phase == .waiting(.schedule),
            tick.due > rules.opened, tick.countedFrom < tick.due
        else { return nil }
        // Ticks that the new rules would have had before they were recorded are not made up for.
        let due = row.rule.first(
            anchor: max(tick.countedFrom, rules.opened), isDueAtAnchor: false,
            in: projection.zones)
        guard due != tick.due else { return nil }
        return Rescheduling(
            generation: generation, previous: row.previous, tick: tick.number, from: tick.due,
            to: due)
    }
}
