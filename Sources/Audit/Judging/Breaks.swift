// Connections to apps that break. From the third break of a tick in a row on, a break is a failed attempt;
// earlier ones use no attempt. So that the third break is certainly its own, a tick whose connection broke
// twice in a row is a suspect and is sent alone, unless it would have to wait longer than half a minute
// for that. An answer or a time-out ends the row; other losses do not.

import EventLog
import Jobs

/// The rule, stated independently of the decider.
private enum Rule {
    static let failingBreak = 3
    static let suspectBreaks = 2
    /// How long a suspect waits to be sent alone, at most.
    static let waitMax = 30 * Timestamp.nanosecondsPerSecond
}

extension Generation {
    /// Whether its tick must be sent alone; `nil` if unknown.
    var isSuspect: Bool? { breaks.map { $0 >= Rule.suspectBreaks } }
}

extension Audit {
    /// The number of breaks in a row after `event`; `nil` if unknown. Reports a break that wrongly counts
    /// as a failed attempt, or wrongly does not.
    mutating func breaks(
        after event: Acknowledgement, of generation: Generation, flight: Flight,
        at sequence: SequenceNumber
    ) -> Int? {
        guard event.connectionBroke else {
            switch event.outcome {
            case .succeeded, .failed, .dropped, .timedOut: return 0
            case .undeliverable, .abandoned, .late: return generation.breaks
            }
        }
        guard !flight.isDoubtful, let before = generation.breaks else { return nil }
        let count = before < .max ? before + 1 : before
        let isCounted = event.outcome == .failed
        if isCounted != (count >= Rule.failingBreak) {
            findings.add(
                .unexplained, of: generation, tick: flight.tick,
                [event.trigger.sequence, sequence],
                """
                Its connection broke, \(count) times in a row. That was \
                \(isCounted ? "" : "not ")taken for a failed attempt; it is one from the third on.
                """)
        }
        return count
    }

    /// The fault of a suspect that is sent to a receiver with other triggers in flight, if it is one. Not
    /// judged if the clock was set back while it waited; a second of tolerance is allowed.
    func isolationFault(
        of event: Trigger, for attempt: Attempt, of generation: Generation
    ) -> String? {
        guard gap == .zero, generation.isSuspect == true, attempt.since > setBack else {
            return nil
        }
        let others = routes[generation.route].loads.count(beside: event.receiver)
        let waited = now.time.nanoseconds(since: max(attempt.at, attempt.time))
        guard others > 0, waited < Rule.waitMax - Stories.tolerance else { return nil }
        return """
            Its connection broke twice in a row or more; it was to be sent alone, and was sent \
            beside \(others) others.
            """
    }
}
