// A trigger must be the attempt that its job waited for; it must not be early, not later than the first turn
// that could send it, and a receiver must be present.

import EventLog
import Jobs

extension Audit {
    mutating func trigger(_ event: Trigger, at record: Record) {
        triggered = record.sequence
        let id = TriggerID(record.sequence)
        guard var generation = live(event.generation, at: record.sequence, "triggered") else {
            if isInStretch { totals.triggers += 1 }
            flights[record.sequence] = Flight(
                generation: event.generation, owner: nil, tick: event.tick, due: event.due,
                attempt: event.attempt, at: event.due, time: record.time,
                receiver: event.receiver, isSuspect: false, isDoubtful: true,
                isReported: isInStretch)
            return
        }
        let isReported = isReported(event, of: generation)
        if isReported {
            totals.triggers += 1
            if event.cause == .schedule {
                totals.ticks += 1
                clock.note(due: event.due)
            }
        }
        let faults = findings.unexplainedCount
        checkChain(event.previous, of: generation, at: record.sequence)
        checkReceiver(event, of: generation, at: record.sequence)
        let isExpected = judge(event, of: generation, at: record)
        var awaited: Attempt?
        if isExpected, case .waiting(let attempt) = generation.phase { awaited = attempt }
        let repetition = repetition(of: event, for: awaited, of: generation)
        measure(event, for: awaited, of: &generation)
        if findings.unexplainedCount > faults { generation.progress.isUnexplained = true }
        let owner = Flight.Owner(
            job: generation.id, route: generation.route, lane: generation.lane,
            app: generation.app)
        if !isExpected { generation.breaks = nil }
        let flight = Flight(
            generation: generation.number, owner: owner, tick: event.tick, due: event.due,
            attempt: event.attempt, at: awaited?.at ?? event.due, time: record.time,
            receiver: event.receiver, isSuspect: generation.isSuspect ?? true,
            isDoubtful: !isExpected, isReported: isReported, repetition: repetition)
        flights[record.sequence] = flight
        routes.send(flight, owner, at: record.sequence, head: claim)
        apps[generation.app].send(to: event.receiver, record.time)
        generation.last = record.sequence
        generation.tick = event.tick
        generation.due = event.due
        generation.phase = .inFlight(id)
        generation.unanswered += 1
        generations[generation.number] = generation
    }

    /// Whether the trigger is what its generation waited for. Reports the first difference.
    private mutating func judge(
        _ event: Trigger, of generation: Generation, at record: Record
    ) -> Bool {
        let attempt: Attempt
        switch generation.phase {
        case .waiting(let waiting): attempt = waiting
        case .unknown: return false
        case .inFlight(let other):
            findings.add(
                .duplicate, of: generation, tick: event.tick, due: event.due,
                [other.sequence, record.sequence],
                "Tick \(event.tick) was triggered while trigger \(other.sequence) was in flight.")
            return false
        case .finished:
            findings.add(
                .unexplained, of: generation, tick: event.tick, due: event.due,
                [generation.last, record.sequence],
                "Tick \(event.tick) was triggered although nothing was left to run.")
            return false
        }
        if event.tick != generation.tick {
            reportTick(event, of: generation, at: record.sequence)
            return false
        }
        if let fault = fault(of: event, for: attempt, of: generation, at: record) {
            findings.add(
                .unexplained, of: generation, tick: event.tick, [attempt.since, record.sequence],
                fault)
            return false
        }
        if let fault = heldFault(of: event, for: attempt, of: generation) {
            findings.add(
                .unexplained, of: generation, tick: event.tick, [attempt.since, record.sequence],
                fault)
        }
        if let fault = isolationFault(of: event, for: attempt, of: generation) {
            findings.add(
                .unexplained, of: generation, tick: event.tick, [attempt.since, record.sequence],
                fault)
        }
        if let (rules, fault) = outdatedFault(of: generation) {
            findings.add(
                .unexplained, of: generation, tick: event.tick,
                [attempt.since, rules, record.sequence], fault)
        }
        if let seal = decided(attempt, of: generation) {
            findings.add(
                .unexplained, of: generation, tick: event.tick,
                [attempt.since, seal.last, record.sequence],
                """
                Tick \(event.tick) was to be attempted at \(attempt.at.inUTC) and came late with \
                no recorded reason: the turn that ended with record \(seal.last) had decided up to \
                \(seal.through.inUTC).
                """)
        }
        return true
    }

    private mutating func reportTick(
        _ event: Trigger, of generation: Generation, at sequence: SequenceNumber
    ) {
        if event.tick < generation.tick {
            findings.add(
                .duplicate, of: generation, tick: event.tick, due: event.due,
                [generation.last, sequence],
                "Tick \(event.tick) was triggered again; tick \(generation.tick) was to come.")
        } else {
            findings.add(
                .missed, of: generation, tick: generation.tick, [generation.last, sequence],
                """
                Tick \(event.tick) was triggered; nothing says why ticks \(generation.tick) to \
                \(event.tick &- 1) were not.
                """)
        }
    }

    private func fault(
        of event: Trigger, for attempt: Attempt, of generation: Generation, at record: Record
    ) -> String? {
        if event.due != generation.due {
            return "It was due \(generation.due.inUTC), not \(event.due.inUTC)."
        }
        if event.attempt != attempt.number {
            return "It was attempt \(attempt.number), not \(event.attempt)."
        }
        if event.cause != attempt.origin.cause {
            return "Its cause was \(attempt.origin.cause), not \(event.cause)."
        }
        if record.time < attempt.at {
            return "It came early: at \(record.time.inUTC), not before \(attempt.at.inUTC)."
        }
        return nil
    }

    private mutating func checkReceiver(
        _ event: Trigger, of generation: Generation, at sequence: SequenceNumber
    ) {
        let route = generation.route
        if let held = clock.heldSince, gap == .zero {
            findings.add(
                .unexplained, of: generation, tick: event.tick, due: event.due,
                [held.sequence, sequence],
                "Tick \(event.tick) was triggered while the clock was held.")
        }
        if isExcused(routes[route].changed) { return }
        if routes[route].receiver == nil {
            findings.add(
                .unexplained, of: generation, tick: event.tick, due: event.due, [sequence],
                "Tick \(event.tick) was triggered with no receiver present.")
        } else if gap == .zero && routes[route].isOverfilled(by: event.receiver) {
            findings.add(
                .unexplained, of: generation, tick: event.tick, due: event.due,
                [routes[route].changed, sequence],
                """
                Tick \(event.tick) was triggered with \(routes[route].inFlight) in flight already, \
                all the receiver takes.
                """)
        } else if gap == .zero && routes.isLimited(route, generation.lane) {
            findings.add(
                .unexplained, of: generation, tick: event.tick, due: event.due, [sequence],
                "Tick \(event.tick) was triggered beyond its limit of concurrency.")
        }
    }

    /// Records a possible duplicate if the app may see the tick twice.
    private mutating func repetition(
        of event: Trigger, for awaited: Attempt?, of generation: Generation
    ) -> Flight.Repetition? {
        var first: TriggerID?
        var cause = PossibleDuplicate.Cause.unexplained
        switch generation.phase {
        case .waiting:
            if case .repeated(let reason, let trigger, _)? = awaited?.origin {
                (cause, first) = (reason, trigger)
            } else if event.tick >= generation.tick {
                return nil
            }
        case .inFlight(let trigger):
            if event.tick > generation.tick { return nil }
            if event.tick == generation.tick { first = trigger }
        case .finished: if event.tick > generation.tick { return nil }
        case .unknown: return nil
        }
        var place: Int?
        if isReported(event, of: generation) {
            place = duplicates.add(
                PossibleDuplicate(
                    generation: generation.number, job: generation.id, tick: event.tick,
                    first: first, again: TriggerID(now.sequence), cause: cause))
        }
        return Flight.Repetition(place: place, isAnswered: awaited?.isAnswered ?? false)
    }
}
