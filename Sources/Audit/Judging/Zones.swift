// Rules of time zones in the log, and what must follow when they change: a tick that was not due when the
// process with the new rules began is moved; one that was due stays.

import EventLog
import Jobs

extension Audit {
    mutating func setRules(_ rules: ZoneRules, at sequence: SequenceNumber) {
        let table: ZoneTable
        do {
            table = try rules.table()
        } catch {
            return findings.add(.unexplained, [sequence], "Zone rules cannot be read: \(error).")
        }
        if zones.tables[rules.zone] == table, gap == .zero {
            findings.add(
                .unexplained, [sequence],
                "The rules of \(rules.zone) were recorded again, but nothing in them changed.")
        }
        zones.set(rules.zone, table, at: sequence, opened: openedAt)
    }

    mutating func reschedule(_ event: Rescheduling, at sequence: SequenceNumber) {
        guard var generation = live(event.generation, at: sequence, "rescheduled") else { return }
        if isReported(generation) { totals.ticksRescheduled += 1 }
        checkChain(event.previous, of: generation, at: sequence)
        if let fault = fault(of: event, for: generation, at: sequence) {
            findings.add(
                .unexplained, of: generation, tick: event.tick, [generation.last, sequence], fault)
        }
        generation.last = sequence
        if !generation.isInFlight {
            generation.tick = event.tick
            if event.reason == .clock, let to = event.to {
                generation.follow(event, to: to, at: sequence, now.time)
            } else if let due = event.to {
                generation.due = due
                generation.phase = .waiting(
                    Attempt(at: due, since: sequence, time: now.time, cause: .rules))
            } else {
                generation.phase = .finished(.expired)
            }
        }
        generations[generation.number] = generation
    }

    private func fault(
        of event: Rescheduling, for generation: Generation, at sequence: SequenceNumber
    ) -> String? {
        if event.reason == .clock { return clockFault(of: event, for: generation, at: sequence) }
        switch generation.phase {
        case .unknown: return nil
        case .inFlight, .finished: return Self.wrongTick
        case .waiting(let attempt):
            guard case .schedule = attempt.origin, event.tick == generation.tick,
                event.from == generation.due
            else { return Self.wrongTick }
        }
        guard let rule = generation.rule else { return nil }
        guard dependsOnRules(generation, rule) else {
            return "Its schedule does not depend on the rules of a time zone."
        }
        guard let zone = rule.schedule?.zone, let change = zones.changes[zone],
            generation.last < change.sequence
        else { return "The rules of its time zone have not changed since it was counted." }
        guard event.from > change.opened else {
            return "It was due at \(event.from.inUTC), before the process began that has the new"
                + " rules."
        }
        let due = recomputedDue(generation, rule, opened: change.opened)
        if event.to != due || event.to == event.from {
            return "By the rules that hold it is due \(show(due)), not \(show(event.to))."
        }
        return nil
    }

    private static let wrongTick =
        "A tick was rescheduled that is not the one that waits for its first attempt."

    /// The fault if `generation` still waits for a due time that was computed before the rules of its
    /// zone changed; `nil` if there is none.
    func outdatedFault(of generation: Generation) -> (rules: SequenceNumber, fault: String)? {
        guard case .waiting(let attempt) = generation.phase, case .schedule = attempt.origin,
            let rule = generation.rule, let zone = rule.schedule?.zone,
            let change = zones.changes[zone], attempt.since < change.sequence,
            generation.due > change.opened, dependsOnRules(generation, rule)
        else { return nil }
        let due = recomputedDue(generation, rule, opened: change.opened)
        if due == generation.due { return nil }
        return (
            change.sequence,
            """
            Tick \(generation.tick) is due \(show(due)) by the rules of \(zone) in record \
            \(change.sequence), and was left at \(generation.due.inUTC).
            """
        )
    }

    /// Whether the due time of its tick depends on zone rules: not if it was given.
    private func dependsOnRules(_ generation: Generation, _ rule: TickRule) -> Bool {
        rule.schedule?.zone != nil && generation.countedFrom < generation.due
    }

    /// When its tick is due by the current rules. Ticks before `opened`, when the process that recorded
    /// the rules began, are not made up for.
    private func recomputedDue(_ generation: Generation, _ rule: TickRule, opened: Timestamp)
        -> Timestamp?
    {
        rule.first(
            anchor: max(generation.countedFrom, opened), isDueAtAnchor: false, in: zones.tables)
    }
}
