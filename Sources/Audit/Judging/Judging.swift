// Judges one record after another: first whether it may stand where it does, then by the rules for its kind of
// event. These are in the files JobEvents, Zones, Triggering, Acknowledging and Presences.

package import EventLog
package import Jobs

extension Audit {
    /// Judges the next record.
    package mutating func add(_ record: Record) {
        totals.records += 1
        findings.now = record.time
        if let last, record.sequence <= last {
            return findings.add(
                .unexplained, [record.sequence],
                "Record \(record.sequence) stands behind record \(last); it was not judged.")
        }
        let isFirst = last == nil
        let isAfterClose = isClosed
        checkPlace(of: record, isFirst: isFirst, isAfterClose: isAfterClose)
        last = record.sequence
        isClosed = false
        if record.time < now.time { setBack = record.sequence }
        now = LogMoment(sequence: record.sequence, time: record.time)
        uptime.note(record, isBehindGap: gap == record.sequence)
        switch record.event {
        case .opened(let opening):
            open(opening, at: record, isAfterCleanClose: isFirst || isAfterClose)
        case .closed: isClosed = true
        case .zoneRules(let rules): setRules(rules, at: record.sequence)
        case .frontier: break
        case .clockMoved(let from, let to): moveClock(from, to, at: record.sequence)
        case .clockHeld: holdClock(at: record.sequence)
        case .clockReleased: releaseClock(at: record.sequence)
        case .forgotten(let forgotten): forget(forgotten, at: record.sequence)
        case .concurrencyLimited(let limit):
            routes.limit(limit, at: record.sequence, head: claim)
        case .created(let definition): create(definition, at: record.sequence)
        case .updated(let definition, let previous):
            update(definition, previous: previous, at: record.sequence)
        case .deleted(let deletion): delete(deletion, at: record.sequence)
        case .deletedByPrefix(let deletion): delete(deletion, at: record.sequence)
        case .rescheduled(let rescheduling): reschedule(rescheduling, at: record.sequence)
        case .receiverPresent(let presence): appear(presence, at: record.sequence)
        case .receiverAbsent(let presence): disappear(presence, at: record.sequence)
        case .triggered(let trigger): self.trigger(trigger, at: record)
        case .acknowledged(let answer): acknowledge(answer, at: record.sequence)
        case .skipped(let skip): self.skip(skip, at: record.sequence)
        }
    }

    /// Notes the end of a turn; call it after the turn's last record.
    package mutating func add(_ seal: Seal) {
        let first = head?.last.next ?? seal.first
        if seal.first != first || seal.last != last {
            findings.add(
                .unexplained, [seal.last],
                "The seal of records \(seal.first) to \(seal.last) does not close what came since"
                    + " the seal before.")
        }
        head = seal
    }

    private mutating func checkPlace(of record: Record, isFirst: Bool, isAfterClose: Bool) {
        let sequence = record.sequence
        var isOpening = false
        if case .opened = record.event { isOpening = true }
        if isFirst && !isOpening {
            findings.add(
                .unexplained, [sequence], "The log begins with an event that is not opened.")
        }
        if let last, sequence != last.next {
            gap = sequence
            findings.add(
                .unexplained, [last, sequence],
                "Between records \(last) and \(sequence) others are missing.")
        } else if let last, isAfterClose, !isOpening {
            findings.add(
                .unexplained, [last, sequence],
                "Something was recorded after closed, before the log was opened again.")
        }
    }
}
