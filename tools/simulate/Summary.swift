import Audit
import Simulation

/// What many stories came to.
struct Summary {
    private var stories = 0
    private(set) var badStories = 0
    private var losses = 0
    private var repeats = 0
    private var unexplained = 0
    private var events = 0
    private var ticks = 0
    private var deliveries = 0
    private var boots = 0
    private var turns = 0
    private var faults = Tally<Fault>()

    mutating func add(_ report: SimulationReport) {
        stories += 1
        badStories += report.violations.all.isEmpty ? 0 : 1
        losses += report.violations.losses.count
        repeats += report.repeatedKeys
        unexplained += report.violations.repeats.count
        events += report.audit.totals.records
        ticks += report.audit.totals.ticks
        deliveries += report.counts.deliveries
        boots += report.counts.boots
        turns += report.counts.turns
        for (fault, count) in report.counts.faults.all { faults.add(fault, count) }
    }

    /// `hours` is the length of each story, `took` how long all of them took.
    func text(hours: Double, took: Duration) -> String {
        let seconds = max(took / .seconds(1), 0.001)
        let speed = Double(stories) / seconds
        let kinds = faults.all.map { "\($0.count) \($0.key)" }.joined(separator: ", ")
        let explained = unexplained == 0 ? "all explained" : "\(unexplained) not explained"
        return """
            \(stories) seeds of \(hours) h in \(tenths(seconds)) s: \(tenths(speed)) seeds a \
            second, \(tenths(speed * hours)) h a second
            \(events) events in \(turns) turns of \(boots) processes, \(ticks) ticks, \
            \(deliveries) deliveries
            \(faults.total) faults: \(kinds)
            \(losses) losses, \(repeats) duplicates (\(explained)), \(badStories) bad seeds
            """
    }

    private func tenths(_ value: Double) -> Double { (value * 10).rounded() / 10 }
}
