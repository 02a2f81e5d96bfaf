// An acknowledgement must answer a trigger in flight, exactly once, and its `next` must follow from the
// job's schedule and failure policy: the next tick, another attempt, or nothing.
// Dapr: go-etcd-cron internal/counter/counter.go.

import EventLog
import Jobs

extension Audit {
    mutating func acknowledge(_ event: Acknowledgement, at sequence: SequenceNumber) {
        guard let flight = flights.remove(event.trigger.sequence) else {
            return acknowledgeAgain(event, at: sequence)
        }
        if flight.isReported { count(event) }
        // A trigger of no live job has been reported already; its consequences are not reported again.
        guard let owner = flight.owner else { return }
        routes.settle(
            flight, owner, isOfWriter: event.trigger.sequence > opened, at: sequence, head: claim)
        apps[owner.app].settle(now.time)
        if let repetition = flight.repetition, repetition.isAnswered, flight.isReported,
            event.isFromApp
        {
            duplicates.confirm(repetition.place)
        }
        if event.generation != flight.generation {
            findings.add(
                .unexplained, of: flight.generation, job: owner.job, tick: flight.tick,
                due: flight.due, [event.trigger.sequence, sequence],
                "The answer to a trigger of generation \(flight.generation) names another one.")
            generations[flight.generation]?.phase = .unknown
        } else if event.outcome != .abandoned || event.connectionBroke,
            event.trigger.sequence < opened
        {
            findings.add(
                .unexplained, of: flight.generation, job: owner.job, tick: flight.tick,
                due: flight.due, [event.trigger.sequence, opened, sequence],
                "The process that could hear the answer was gone; it can only be abandoned.")
            generations[flight.generation]?.phase = .unknown
            generations[flight.generation]?.last = sequence
        } else if let generation = known(flight.generation) {
            settle(event, of: generation, flight: flight, at: sequence)
        } else if let end = ended[flight.generation] {
            check(event, after: end, flight: flight, owner: owner, at: sequence)
        }
        if event.outcome == .timedOut {
            rememberTimeOut(event.trigger, of: flight.generation)
        } else {
            releaseAnswer(of: flight.generation)
        }
    }

    private mutating func count(_ event: Acknowledgement) {
        totals.acknowledgements.add(event.outcome)
        if event.isWithoutHandler { totals.ticksConsumedByNotFound += 1 }
    }

    /// An acknowledgement of a trigger that is not in flight: allowed only as the late answer to one that
    /// timed out.
    private mutating func acknowledgeAgain(
        _ event: Acknowledgement, at sequence: SequenceNumber
    ) {
        var generation = known(event.generation)
        let isSelected =
            generation?.isSelected ?? ended[event.generation].map { scope.selects($0.job) } ?? true
        if isSelected, isInStretch { count(event) }
        let isRemembered = timedOut[event.trigger] == event.generation
        let isForgotten = event.trigger.sequence <= forgottenThrough
        if event.outcome == .late && event.next == nil && (isRemembered || isForgotten) {
            if let generation {
                checkChain(event.previous, of: generation, at: sequence)
            } else if let end = ended[event.generation] {
                checkPrevious(event, after: end, job: nil, at: sequence)
            }
        } else if !isExcused(event.trigger.sequence) {
            findings.add(
                .unexplained, of: generation, [event.trigger.sequence, sequence],
                "Trigger \(event.trigger.sequence) was answered, but it was not in flight.")
            if let known = generation, !known.isInFlight { generation?.phase = .unknown }
        }
        generation?.last = sequence
        if let generation { generations[generation.number] = generation }
        if event.outcome == .late, let owner = timedOut.removeValue(forKey: event.trigger) {
            releaseAnswer(of: owner)
        }
    }

    private mutating func rememberTimeOut(_ trigger: TriggerID, of generation: SequenceNumber) {
        if timedOut.count >= limits.timedOutTriggersMax {
            forgottenThrough = max(forgottenThrough, timedOut.keys.max()?.sequence ?? .zero)
            forgetTimedOut()
        }
        timedOut[trigger] = generation
    }

    /// Checks an answer that comes after the end of its job: it must change nothing.
    private mutating func check(
        _ event: Acknowledgement, after end: EndedGeneration, flight: Flight, owner: Flight.Owner,
        at sequence: SequenceNumber
    ) {
        checkPrevious(event, after: end, job: owner.job, at: sequence)
        let isFitting: Bool =
            switch event.outcome {
            case .late, .abandoned, .undeliverable, .timedOut: event.next == nil
            case .succeeded, .failed, .dropped: false
            }
        guard !isFitting else { return }
        findings.add(
            .unexplained, of: flight.generation, job: owner.job, tick: flight.tick,
            due: flight.due, [event.trigger.sequence, end.by, sequence],
            "Its job had ended with record \(end.by); the answer can only be late and last.")
    }

    private mutating func checkPrevious(
        _ event: Acknowledgement, after end: EndedGeneration, job: JobID?,
        at sequence: SequenceNumber
    ) {
        guard event.previous != end.by, !isExcused(end.by) else { return }
        findings.add(
            .unexplained, of: event.generation, job: job, [end.by, sequence],
            "Record \(sequence) names \(event.previous) as the event before it; it is \(end.by).")
    }
}
