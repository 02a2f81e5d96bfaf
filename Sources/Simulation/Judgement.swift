// The verdict on a simulation: the audit's, and an independent one from what clients and apps saw
// outside.

import Audit
import EventLog
import JobState
import Jobs
import SchedulerCore

extension SimulatedWorld {
    /// Runs the whole story and judges it.
    package mutating func run() -> SimulationReport {
        unfold()
        return judge()
    }

    private mutating func judge() -> SimulationReport {
        let log = MemoryLog(acquiring: storage)
        var violations: [String] = []
        let report: AuditReport
        do {
            report = try Audit.of(log)
        } catch {
            preconditionFailure("seed \(options.seed): the log cannot be read: \(error)")
        }
        violations += report.findings.map { "\($0.kind): \($0.explanation) \($0.sequences)" }
        for pending in report.pending
        where pending.at < now.clampedAdding(nanoseconds: -SimulatedWorld.patience) {
            violations.append(
                "tick \(pending.tick) of \(pending.generation) waits: \(pending.reason)")
        }
        if let live = liveProjection(), !live.isSameState(as: SimulatedProcess.fold(log)) {
            violations.append("the live state is not what the log folds to")
        }
        let history = SimulatedWorld.records(of: log)
        violations += heldAgainstClients(history)
        let (repeated, faults) = heldAgainstApps(history, report)
        return SimulationReport(
            seed: options.seed, counts: counts, audit: report, repeatedKeys: repeated,
            violations: violations + faults)
    }

    private static func records(of log: borrowing MemoryLog) -> [Record] {
        var records: [Record] = []
        while true {
            let last = records.last?.sequence ?? .zero
            let page = log.read(after: last, limit: 1_000)
            if page.records.isEmpty { return records }
            for index in 0..<page.records.count {
                let record = try? EventCodec.decode(
                    page.records.bytes, in: page.records.range(at: index),
                    at: page.records.sequence(at: index))
                if let record { records.append(record) }
            }
        }
    }

    /// What was acknowledged to a client stands in the log, in order, up to the head of that time.
    private func heldAgainstClients(_ history: [Record]) -> [String] {
        var accepted: [JobID: [SequenceNumber]] = [:]
        for record in history {
            guard let definition = record.event.accepted else { continue }
            accepted[definition.id, default: []].append(record.sequence)
        }
        var violations: [String] = []
        for entry in ledger.acknowledged {
            violations += held(entry, against: accepted)
            guard case .schedule(let plan) = entry.command, entry.reply == .scheduled else {
                continue
            }
            let id = plan.request.id
            // An identical re-registration rests on an older event; any other on one of its own.
            let after = plan.request.overwrite == .replaceUnlessIdentical ? .zero : entry.after
            let isThere = accepted[id, default: []].contains { $0 > after && $0 <= entry.head }
            if !isThere { violations.append("\(id.name): accepted before \(entry.head) and lost") }
        }
        return violations
    }

    /// What a list showed had been accepted, durably.
    private func held(
        _ entry: ClientLedger.Acknowledged, against accepted: [JobID: [SequenceNumber]]
    ) -> [String] {
        guard case .listed(let page) = entry.reply else { return [] }
        return page.jobs.filter { job in
            job.generation > entry.head
                || !accepted[job.id, default: []].contains(job.generation)
        }.map { "\($0.id.name): listed before \(entry.head) and not accepted" }
    }

    /// What an app saw was recorded first, was never early, and was repeated only where the audit
    /// says it may be.
    private func heldAgainstApps(_ history: [Record], _ report: AuditReport) -> (Int, [String]) {
        var violations: [String] = []
        var repeated = 0
        for app in apps {
            var first: [IdempotencyKey: Delivery] = [:]
            for sighting in app.seen {
                let delivery = sighting.delivery
                let index = Int(delivery.trigger.sequence.rawValue) - 1
                guard history.indices.contains(index),
                    case .triggered(let event) = history[index].event,
                    event.generation == delivery.generation, event.tick == delivery.tick
                else {
                    violations.append("trigger \(delivery.trigger.sequence) was sent unrecorded")
                    continue
                }
                if sighting.time < delivery.due {
                    violations.append("trigger \(delivery.trigger.sequence) came early")
                }
                guard let earlier = first.updateValue(delivery, forKey: delivery.key) else {
                    continue
                }
                repeated += 1
                if earlier.due != delivery.due || earlier.id != delivery.id {
                    violations.append("key \(delivery.key) stands for two ticks")
                }
                let isKnown = report.possibleDuplicates.contains {
                    $0.again == delivery.trigger && $0.generation == delivery.generation
                }
                let isListed =
                    report.possibleDuplicates.count == report.possibleDuplicateCounts.total
                if isListed && !isKnown {
                    violations.append(
                        "trigger \(delivery.trigger.sequence) is an unexplained repeat")
                }
            }
        }
        return (repeated, violations)
    }
}
