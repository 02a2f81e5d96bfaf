import Audit
import Simulation

/// The summary of many runs. Encoded, it can be added to other summaries.
struct Summary: Encodable {
    private let hours: Double
    private var seeds = 0
    private var seconds = 0.0
    private(set) var badSeeds: [UInt64] = []
    /// Ticks that were missed or still wait, and acknowledged commands that have no effect.
    private var losses = 0
    /// The losses that the audit calls missed.
    private var missed = 0
    /// Deliveries of a tick that an app had seen before.
    private var duplicates = 0
    private var duplicatesUnexplained = 0
    private var acknowledgedCommands = 0
    private var events = 0
    private var ticks = 0
    private var ticksRescheduled = 0
    private var deliveries = 0
    private var boots = 0
    private var turns = 0
    private var rushes = 0
    private var faults: [String: Int] = [:]

    /// `hours` is the length of each run.
    init(hours: Double) { self.hours = hours }

    mutating func add(_ report: SimulationReport) {
        seeds += 1
        if !report.violations.all.isEmpty { badSeeds.append(report.seed) }
        losses += report.violations.losses.count
        missed += report.audit.findingCounts[.missed]
        duplicates += report.repeatedKeys
        duplicatesUnexplained += report.violations.repeats.count
        acknowledgedCommands += report.counts.acknowledged
        events += report.audit.totals.records
        ticks += report.audit.totals.ticks
        ticksRescheduled += report.audit.totals.ticksRescheduled
        deliveries += report.counts.deliveries
        boots += report.counts.boots
        turns += report.counts.turns
        rushes += report.counts.rushes
        for (fault, count) in report.counts.faults.all { faults["\(fault)", default: 0] += count }
    }

    /// `duration` is how long all runs took together.
    mutating func end(after duration: Duration) {
        seconds = max(duration / .seconds(1), 0.001)
    }

    var text: String {
        let speed = Double(seeds) / seconds
        let kinds = Fault.allCases.map { "\(faults["\($0)", default: 0]) \($0)" }
        let explained =
            duplicatesUnexplained == 0 ? "all explained" : "\(duplicatesUnexplained) not explained"
        return """
            \(seeds) seeds of \(hours) h in \(tenths(seconds)) s: \(tenths(speed)) seeds a \
            second, \(tenths(speed * hours)) h a second
            \(events) events in \(turns) turns of \(boots) processes, \(ticks) ticks, \
            \(deliveries) deliveries, \(acknowledgedCommands) commands acknowledged
            \(faults.values.reduce(0, +)) faults: \(kinds.joined(separator: ", "))
            \(losses) losses, \(duplicates) duplicates (\(explained)), \(badSeeds.count) bad seeds
            """
    }

    private func tenths(_ value: Double) -> Double { (value * 10).rounded() / 10 }
}
