// What every event of a job must keep to: it names a live generation and the event before it, and
// it does not cover up a tick that should have been triggered.

import EventLog
import Jobs

extension Audit {
    /// The live generation `number`. What a gap may have changed is unknown.
    func known(_ number: SequenceNumber) -> Generation? {
        guard var generation = generations[number] else { return nil }
        if isExcused(generation.last) { generation.phase = .unknown }
        return generation
    }

    /// The same for an event that must name one; `verb` says what happened to it.
    mutating func live(
        _ number: SequenceNumber, at sequence: SequenceNumber, _ verb: StaticString
    ) -> Generation? {
        if let generation = known(number) { return generation }
        if !isExcused(number) {
            findings.add(
                .unexplained, of: number, job: nil, [sequence],
                "Generation \(number) was \(verb), but there is no such job.")
        }
        return nil
    }

    mutating func checkChain(
        _ previous: SequenceNumber, of generation: Generation, at sequence: SequenceNumber
    ) {
        if case .unknown = generation.phase { return }
        guard previous != generation.last else { return }
        findings.add(
            .unexplained, of: generation, tick: generation.tick, [generation.last, sequence],
            "Record \(sequence) names \(previous) as the event before it; it is \(generation.last)."
        )
    }

    /// A job with nothing left to run may only be deleted for that.
    mutating func checkMayEnd(_ generation: Generation, at sequence: SequenceNumber) {
        guard case .finished = generation.phase else { return }
        findings.add(
            .unexplained, of: generation, tick: generation.tick, [generation.last, sequence],
            "Nothing was left to run, but it was not deleted for that.")
    }

    /// Whether a tick that an earlier turn claims to have decided, and did not, is missed because
    /// its job leaves it.
    private mutating func checkDecided(
        _ generation: Generation, at sequence: SequenceNumber
    ) -> Bool {
        guard case .waiting(let attempt) = generation.phase,
            let seal = decided(attempt, of: generation)
        else { return false }
        findings.add(
            .missed, of: generation, tick: generation.tick, [attempt.since, seal.last, sequence],
            """
            Tick \(generation.tick) was to be attempted at \(attempt.at.inUTC); the turn that \
            ended with record \(seal.last) had decided up to \(seal.through.inUTC), and it was \
            never triggered.
            """)
        return true
    }

    /// The turn that ended while `attempt` waited with its route open, and claims to have decided
    /// it.
    func decided(_ attempt: Attempt, of generation: Generation) -> RouteLife.Decided? {
        guard let seal = routes.lastDecision(generation.route, generation.lane, head: claim),
            attempt.since <= seal.last, attempt.at <= seal.through
        else { return nil }
        return seal
    }

    /// The generation's history is over; `sequence` ended it.
    mutating func end(_ generation: Generation, by sequence: SequenceNumber) {
        var ending = generation
        recordEnd(of: &ending, isMissed: checkDecided(generation, at: sequence))
        generations[generation.number] = nil
        names[generation.id] = nil
        routes[generation.route].jobs.remove(generation.number)
        if generation.unanswered > 0 {
            ended[generation.number] = EndedGeneration(
                by: sequence, unanswered: generation.unanswered, isSelected: generation.isSelected)
        }
    }
}

// What is reported of what is judged.
extension Audit {
    /// Whether what was just recorded, and is about no tick, lies in the stretch.
    var isInStretch: Bool { now.time >= scope.from }

    /// Whether what becomes of the tick that `generation` is at is reported.
    func isReported(_ generation: Generation) -> Bool {
        generation.isSelected && generation.due >= scope.from
    }

    /// The same of the tick that was triggered.
    func isReported(_ event: Trigger, of generation: Generation) -> Bool {
        generation.isSelected && event.due >= scope.from
    }
}

/// `nil` is "never".
func show(_ instant: Timestamp?) -> String { instant?.inUTC ?? "never" }
