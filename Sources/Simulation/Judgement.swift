// The verdict on a simulation: the audit's, and an independent one from what clients and apps saw.

import Audit
import EventLog
import JobState
import Jobs
import SchedulerCore

extension SimulatedWorld {
    /// Runs the whole simulation and judges it.
    package mutating func run() -> SimulationReport {
        simulate()
        return judge()
    }

    private mutating func judge() -> SimulationReport {
        let log = MemoryLog(acquiring: storage)
        let report: AuditReport
        do {
            report = try Audit.of(log)
        } catch {
            preconditionFailure("seed \(options.seed): the log cannot be read: \(error)")
        }
        add(report)
        if let live = liveProjection(), !live.isSameState(as: SimulatedProcess.fold(log)) {
            violations.others.append("the live state is not what the log folds to")
        }
        let history = SimulatedWorld.records(of: log)
        let lifetimes = JobLifetimes(history)
        violations.others += lifetimes.faults + GateCheck.faults(in: history)
        for entry in ledger.acknowledged {
            violations.losses += lifetimes.faults(of: entry)
        }
        counts.acknowledged = ledger.acknowledged.count
        let repeated = compareWithApps(history, report)
        return SimulationReport(
            seed: options.seed, counts: counts, audit: report, repeatedKeys: repeated,
            violations: violations)
    }

    /// Adds the audit's findings.
    private mutating func add(_ report: AuditReport) {
        for finding in report.findings {
            let text = "\(finding.kind): \(finding.explanation) \(finding.sequences)"
            switch finding.kind {
            case .missed: violations.losses.append(text)
            case .duplicate: violations.repeats.append(text)
            case .unexplained: violations.others.append(text)
            }
        }
        for pending in report.pending
        where pending.at < wall.clampedAdding(nanoseconds: -SimulatedWorld.delayMax) {
            violations.losses.append(
                "tick \(pending.tick) of \(pending.generation) waits: \(pending.reason)")
        }
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

    /// Every delivery that an app received must have been recorded before, must not be early, and may be
    /// repeated only where the audit allows it. Returns how often a key was repeated.
    private mutating func compareWithApps(_ history: [Record], _ report: AuditReport) -> Int {
        let isListed = report.possibleDuplicates.count == report.possibleDuplicateCounts.total
        let allowed = Set(report.possibleDuplicates.map(\.again))
        var first: [IdempotencyKey: Delivery] = [:]
        var keys: [JobTick: IdempotencyKey] = [:]
        var repeated = 0
        let moved = Set(
            history.compactMap { record -> SequenceNumber? in
                guard case .rescheduled(let change) = record.event, change.reason == .clock else {
                    return nil
                }
                return change.generation
            })
        // A route may have two hosts, and either may have received a tick first.
        let received = apps.flatMap(\.received).sorted { $0.delivery.trigger < $1.delivery.trigger }
        for receipt in received {
            let delivery = receipt.delivery
            let sequence = delivery.trigger.sequence
            let index = Int(sequence.rawValue) - 1
            guard history.indices.contains(index),
                case .triggered(let event) = history[index].event,
                event.generation == delivery.generation, event.tick == delivery.tick
            else {
                violations.repeats.append("trigger \(sequence) was sent unrecorded")
                continue
            }
            if receipt.time < delivery.due {
                violations.others.append("trigger \(sequence) came early")
            }
            let tick = JobTick(generation: delivery.generation, number: delivery.tick)
            if let key = keys.updateValue(delivery.key, forKey: tick), key != delivery.key {
                violations.others.append("trigger \(sequence) has another key than its tick")
            }
            guard let earlier = first.updateValue(delivery, forKey: delivery.key) else { continue }
            repeated += 1
            let isMoved = moved.contains(delivery.generation)
            if earlier.due != delivery.due && !isMoved || earlier.id != delivery.id {
                violations.others.append("key \(delivery.key) stands for two ticks")
            }
            if isListed && !allowed.contains(delivery.trigger) {
                violations.repeats.append("trigger \(sequence) is an unexplained repeat")
            }
        }
        return repeated
    }
}

private struct JobTick: Hashable {
    let generation: SequenceNumber
    let number: UInt64
}
