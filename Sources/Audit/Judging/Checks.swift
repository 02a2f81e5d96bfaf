// Checks of every event of a job: it must name a live generation and the event before it, and it must not
// hide a tick that should have been triggered.

import EventLog
import Jobs

extension Audit {
    /// The live generation `number`. Its phase is unknown if a gap may have changed it.
    func known(_ number: SequenceNumber) -> Generation? {
        guard var generation = generations[number] else { return nil }
        if isExcused(generation.last) { generation.phase = .unknown }
        return generation
    }

    /// The same for an event that must name a live generation; `verb` says what the event did to it.
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

    /// A job with nothing left to run must be deleted for that reason.
    mutating func checkMayEnd(_ generation: Generation, at sequence: SequenceNumber) {
        guard case .finished = generation.phase else { return }
        findings.add(
            .unexplained, of: generation, tick: generation.tick, [generation.last, sequence],
            "Nothing was left to run, but it was not deleted for that.")
    }

    /// Whether the waiting tick is missed: an earlier turn claims to have decided it, and its job ends
    /// before it is triggered.
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

    /// The turn that ended while `attempt` waited with its route open, and that claims to have decided
    /// it; `nil` if there is none.
    func decided(_ attempt: Attempt, of generation: Generation) -> RouteLife.Decided? {
        guard let seal = routes.lastDecision(generation.route, generation.lane, head: claim),
            attempt.since <= seal.last, attempt.at <= seal.through
        else { return nil }
        return seal
    }

    /// Ends the generation with record `sequence`.
    mutating func end(_ generation: Generation, by sequence: SequenceNumber) {
        var ending = generation
        recordEnd(of: &ending, isMissed: checkDecided(generation, at: sequence))
        generations[generation.number] = nil
        names[generation.id] = nil
        routes[generation.route].jobs.remove(generation.number)
        if generation.unanswered > 0 {
            ended[generation.number] = EndedGeneration(
                by: sequence, unanswered: generation.unanswered, job: generation.id)
        }
    }
}

// Which part of what is judged is reported.
extension Audit {
    /// Whether the current record, if it is about no tick, is in the reported part.
    var isInStretch: Bool { now.time >= scope.from }

    /// Whether the current tick of `generation` is reported.
    func isReported(_ generation: Generation) -> Bool {
        generation.isSelected && generation.due >= scope.from
    }

    /// Whether the tick that was triggered is reported.
    func isReported(_ event: Trigger, of generation: Generation) -> Bool {
        generation.isSelected && event.due >= scope.from
    }
}

/// The instant in UTC; "never" for `nil`.
func show(_ instant: Timestamp?) -> String { instant?.inUTC ?? "never" }
