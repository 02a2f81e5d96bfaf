// What is open where the log ends: ticks in flight, ticks that wait for a reason, and ticks that wait for
// none.

import EventLog
import Jobs

extension Audit {
    /// The verdict on everything added so far. Call it at the end of a turn.
    package func report() -> AuditReport {
        var ending = self
        var pending = PendingTicks(limit: limits.pendingTicksMax)
        var jobsLive = 0
        for number in generations.numbers {
            guard let generation = known(number) else { continue }
            if generation.isSelected { jobsLive += 1 }
            ending.conclude(generation, &pending)
        }
        for trigger in flights.numbers {
            guard let flight = flights[trigger], flight.isReported, let owner = flight.owner else {
                continue
            }
            pending.add(
                PendingTick(
                    generation: flight.generation, job: owner.job, tick: flight.tick,
                    at: flight.at, trigger: TriggerID(trigger), reason: .inFlight))
        }
        for absence in apps.absences(to: now, isOpen: true, scope) { ending.uptime.add(absence) }
        return AuditReport(
            origin: origin, totals: totals, findings: ending.findings.listed,
            findingCounts: ending.findings.counts, stories: ending.storyReport(),
            uptime: ending.uptime.conclude(isClosed: isClosed),
            possibleDuplicates: duplicates.listed, possibleDuplicateCounts: duplicates.counts,
            sureDuplicateCount: duplicates.sureCount, pending: pending.listed,
            pendingCounts: pending.counts, jobsLive: jobsLive, head: head)
    }

    private mutating func conclude(_ ended: Generation, _ pending: inout PendingTicks) {
        var generation = ended
        switch generation.phase {
        case .inFlight: recordStory(.pending, through: generation.tick, of: &generation)
        case .unknown: recordUnknown(of: &generation)
        case .finished:
            findings.add(
                .unexplained, of: generation, tick: generation.tick, [generation.last],
                "Nothing is left to run, but the job was not deleted.")
        case .waiting(let attempt):
            // Nothing may be triggered before every tick follows the new rules.
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
                return recordStory(.missed, through: generation.tick, of: &generation)
            }
            guard let reason = reason(of: attempt, of: generation) else { return }
            if isReported(generation) {
                pending.add(
                    PendingTick(
                        generation: generation.number, job: generation.id, tick: generation.tick,
                        at: attempt.at, reason: reason))
            }
            recordStory(.pending, through: generation.tick, of: &generation)
        }
    }

    /// Why the tick is pending; `nil` if it has not come due.
    private func reason(
        of attempt: Attempt, of generation: Generation
    ) -> PendingTick.Reason? {
        let through = max(now.time, head?.decidedThrough ?? .earliest)
        guard attempt.at <= through else { return attempt.isRepeated ? .retrying : nil }
        let route = routes[generation.route]
        if clock.heldSince != nil { return .clock }
        if route.receiver == nil { return .parked }
        if routes.isLimited(generation.route, generation.lane) { return .gate }
        return route.isOpen ? .undecided : .windowFull
    }

    private func storyReport() -> StoryReport {
        var report = stories.report
        report.apps = apps.all.filter { $0.isReported(scope) }.prefix(limits.appsMax).map {
            AppStories(route: $0.key, counts: $0.stories)
        }
        return report
    }
}

/// The pending ticks so far: the first ones are listed, all are counted.
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
