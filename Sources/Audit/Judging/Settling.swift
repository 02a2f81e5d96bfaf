// What must follow from the outcome of a live job's trigger.

import EventLog
import Jobs

extension Audit {
    /// Updates the generation by its acknowledgement, and reports if that is not what must follow.
    mutating func settle(
        _ event: Acknowledgement, of old: Generation, flight: Flight, at sequence: SequenceNumber
    ) {
        var generation = old
        checkChain(event.previous, of: old, at: sequence)
        generation.last = sequence
        defer { generations[generation.number] = generation }
        guard case .inFlight(event.trigger) = old.phase else {
            // One of two triggers that were in flight at once, or of a history with an earlier finding.
            if !old.isInFlight { generation.phase = .unknown }
            generation.breaks = nil
            return
        }
        if event.outcome == .late {
            findings.add(
                .unexplained, of: old, tick: flight.tick, [event.trigger.sequence, sequence],
                "The answer was late, but its job was there and waited for it.")
            generation.phase = .unknown
            return
        }
        let breaks = breaks(after: event, of: old, flight: flight, at: sequence)
        generation.breaks = event.next?.tick == flight.tick ? breaks : 0
        if !flight.isDoubtful,
            let expected = consequence(of: event, for: old, flight: flight, at: sequence)
        {
            if expected.next == event.next {
                recordStory(event, of: &generation, tick: flight.tick)
                expected.move(&generation)
                return
            }
            findings.add(
                .unexplained, of: old, tick: flight.tick, [event.trigger.sequence, sequence],
                "After \(event.outcome) follows \(show(expected.next)), not \(show(event.next)).")
        }
        recordStory(event, of: &generation, tick: flight.tick)
        believe(event, for: flight, at: sequence, &generation)
    }

    /// Trusts what the log says follows.
    private func believe(
        _ event: Acknowledgement, for flight: Flight, at sequence: SequenceNumber,
        _ generation: inout Generation
    ) {
        guard let next = event.next else {
            generation.phase = .unknown
            return
        }
        var attempt = Attempt(
            at: next.at, since: sequence, time: now.time, countedIn: event.trigger.sequence)
        if next.tick == flight.tick, let cause = repetition(after: event) {
            attempt.number = number(after: flight, event.outcome)
            attempt.repeats(cause, of: flight, event)
        } else {
            generation.countedFrom = generation.due
            generation.due = next.at
        }
        generation.tick = next.tick
        generation.phase = .waiting(attempt)
    }

    private func number(after flight: Flight, _ outcome: Acknowledgement.Outcome) -> UInt32 {
        let isCounted = outcome == .failed || outcome == .timedOut
        return isCounted && flight.attempt < .max ? flight.attempt + 1 : flight.attempt
    }

    /// What must follow; `nil` if unknown because the schedule cannot be read.
    private func consequence(
        of event: Acknowledgement, for generation: Generation, flight: Flight,
        at sequence: SequenceNumber
    ) -> Consequence? {
        var interval: Int64? = 0
        switch event.outcome {
        case .succeeded, .dropped: interval = nil
        case .failed, .timedOut:
            interval = generation.policy.retryInterval(afterAttempt: flight.attempt)
        case .undeliverable, .abandoned, .late: break
        }
        guard let interval, let cause = repetition(after: event) else {
            return generation.rule.map {
                followingTick($0, after: event, generation, sequence)
            }
        }
        let number = number(after: flight, event.outcome)
        var at = flight.at
        if number != flight.attempt {
            let pause = number >= 11 ? max(interval, Timestamp.nanosecondsPerSecond) : interval
            at = max(flight.at, flight.time).clampedAdding(nanoseconds: pause)
        }
        var attempt = Attempt(
            number: number, at: at, since: sequence, time: now.time,
            countedIn: event.trigger.sequence)
        attempt.repeats(cause, of: flight, event)
        return .attempt(generation.tick, attempt)
    }

    private func followingTick(
        _ rule: TickRule, after event: Acknowledgement, _ generation: Generation,
        _ sequence: SequenceNumber
    ) -> Consequence {
        switch rule.following(tick: generation.tick, due: generation.due, in: zones.tables) {
        case .due(let due):
            .tick(
                generation.tick &+ 1,
                Attempt(
                    at: due, since: sequence, time: now.time, countedIn: event.trigger.sequence))
        case .completed: .nothing(event.outcome == .succeeded ? .completed : .givenUp)
        case .expired: .nothing(.expired)
        }
    }

    /// Why the tick will be triggered again; `nil` if it will not.
    private func repetition(after event: Acknowledgement) -> PossibleDuplicate.Cause? {
        switch event.outcome {
        case .failed where event.connectionBroke, .abandoned where event.connectionBroke: .broken
        case .failed: event.code == 0 ? .sidecarFailed : .failed
        case .timedOut: .timedOut
        case .undeliverable: .undeliverable
        case .abandoned: event.trigger.sequence < opened ? .crash : .abandoned
        case .succeeded, .dropped, .late: nil
        }
    }
}

/// What a job waits for after an outcome.
private enum Consequence {
    case tick(UInt64, Attempt)
    /// Another attempt of the same tick.
    case attempt(UInt64, Attempt)
    case nothing(Generation.Ending)

    /// The `next` that the acknowledgement must have.
    var next: Acknowledgement.Next? {
        switch self {
        case .tick(let tick, let attempt), .attempt(let tick, let attempt):
            Acknowledgement.Next(tick: tick, at: attempt.at)
        case .nothing: nil
        }
    }

    func move(_ generation: inout Generation) {
        switch self {
        case .tick(let tick, let attempt):
            generation.tick = tick
            generation.countedFrom = generation.due
            generation.due = attempt.at
            generation.phase = .waiting(attempt)
        case .attempt(_, let attempt): generation.phase = .waiting(attempt)
        case .nothing(let ending): generation.phase = .finished(ending)
        }
    }
}

extension Attempt {
    /// Makes it a repetition of `flight`, whose acknowledgement is `event`.
    fileprivate mutating func repeats(
        _ repetition: PossibleDuplicate.Cause, of flight: Flight, _ event: Acknowledgement
    ) {
        let isRetry = event.outcome == .failed || event.outcome == .timedOut
        origin = .repeated(repetition, of: event.trigger, as: isRetry ? .retry : .redelivery)
        cause = isRetry ? .retried : .redelivered
        isAnswered = event.isFromApp || flight.repetition?.isAnswered == true
    }
}

private func show(_ next: Acknowledgement.Next?) -> String {
    next.map { "tick \($0.tick) at \($0.at.inUTC)" } ?? "nothing"
}
