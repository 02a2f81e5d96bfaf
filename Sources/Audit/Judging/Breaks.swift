// Connections to apps that break. A break is not the job's doing, until it happens to a tick again
// and again: from the third in a row on it is a failed attempt. So that the third proves something,
// a tick that broke twice in a row is a suspect, and sent alone, unless it would have to wait longer
// for that than half a minute. An answer or a time-out ends the row; other losses do not.

import EventLog
import Jobs

/// The rule, as it was agreed.
private enum Rule {
    static let failingBreak = 3
    static let suspectBreaks = 2
    /// For so long a suspect waits to be alone.
    static let waitMax = 30 * Timestamp.nanosecondsPerSecond
}

extension Generation {
    /// Whether its tick is to be sent alone; `nil` if it is not known.
    var isSuspect: Bool? { breaks.map { $0 >= Rule.suspectBreaks } }
}

extension Audit {
    /// The row of breaks that `event` leaves. Reports a break that counts and should not, or should
    /// and does not.
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

    /// What is wrong with a suspect that is sent beside others of its receiver. How long it waited
    /// is not known when the clock was set back meanwhile, and a second is not held against it.
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
