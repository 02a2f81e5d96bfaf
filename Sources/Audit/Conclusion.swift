// What is left where the log ends: ticks on their way, ticks that wait for a reason, and ticks that
// wait for none.

import EventLog
import Jobs

extension Audit {
    /// The verdict on everything added so far. Call it where a turn ends.
    package func report() -> AuditReport {
        var ending = self
        var pending = PendingTicks(limit: limits.pendingTicksMax)
        for number in generations.keys.sorted() {
            guard let generation = known(number) else { continue }
            ending.conclude(generation, &pending)
        }
        for (trigger, flight) in flights.sorted(by: { $0.key < $1.key }) {
            guard let owner = flight.owner else { continue }
            pending.add(
                PendingTick(
                    generation: flight.generation, job: owner.job, tick: flight.tick,
                    at: flight.at, trigger: trigger, reason: .inFlight))
        }
        return AuditReport(
            totals: totals, findings: ending.findings.listed,
            findingCounts: ending.findings.counts, possibleDuplicates: possibleDuplicates,
            possibleDuplicateCounts: possibleDuplicateCounts, pending: pending.listed,
            pendingCounts: pending.counts, jobsLive: generations.count, head: head)
    }

    private mutating func conclude(_ generation: Generation, _ pending: inout PendingTicks) {
        switch generation.phase {
        case .inFlight, .unknown: break
        case .finished:
            findings.add(
                .unexplained, of: generation, tick: generation.tick, [generation.last],
                "Nothing is left to run, but the job was not deleted.")
        case .waiting(let attempt):
            // Nothing is triggered before every tick has been counted by new rules.
            if let (rules, fault) = outdatedFault(of: generation), rules < triggered {
                findings.add(
                    .unexplained, of: generation, tick: generation.tick, [attempt.since, rules],
                    fault)
            }
            if let seal = decided(attempt, of: generation) {
                findings.add(
                    .missed, of: generation, tick: generation.tick, [attempt.since, seal.last],
                    """
                    Tick \(generation.tick) was to be attempted at \(attempt.at.inUTC) and was \
                    not: the turn that ended with record \(seal.last) had decided up to \
                    \(seal.through.inUTC).
                    """)
                return
            }
            let route = routes[generation.route]
            guard let head, attempt.at <= head.decidedThrough,
                !routes.isOpen(generation.route, generation.lane)
            else { return }
            let isGateShut = routes.isLimited(generation.route, generation.lane)
            let reason: PendingTick.Reason =
                route.receiver == nil ? .parked : isGateShut ? .gate : .windowFull
            pending.add(
                PendingTick(
                    generation: generation.number, job: generation.id, tick: generation.tick,
                    at: attempt.at, reason: reason))
        }
    }
}

/// The pending ticks so far: the first ones whole, all of them counted.
private struct PendingTicks {
    let limit: Int
    private(set) var listed: [PendingTick] = []
    private(set) var counts = Tally<PendingTick.Reason>()

    init(limit: Int) { self.limit = limit }

    mutating func add(_ tick: PendingTick) {
        counts.add(tick.reason)
        if listed.count < limit { listed.append(tick) }
    }
}
