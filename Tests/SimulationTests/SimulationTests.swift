import Audit
import EventLog
import Jobs
import Simulation
import Testing

@Suite("Simulated runs")
struct SimulationTests {
    /// The same in every test run; a simulation is repeated by its seed alone.
    static let seeds = Array<UInt64>(1...10)

    /// Simulated once, for all tests.
    private static let reports = seeds.map { simulate(SimulationOptions(seed: $0)) }

    private static func simulate(_ options: SimulationOptions) -> SimulationReport {
        var world = SimulatedWorld(options)
        return world.run()
    }

    @Test("end with nothing missed, no forbidden duplicate, nothing unexplained")
    func areClean() {
        for report in Self.reports { #expect(report.violations.all == [], "seed \(report.seed)") }
    }

    @Test("that once found a bug are clean", arguments: Regression.all)
    func regressions(regression: Regression) {
        let options = SimulationOptions(seed: regression.seed, seconds: regression.seconds)
        #expect(Self.simulate(options).violations.all == [], "\(regression.finding)")
    }

    @Test("have jobs in a time zone that are moved by its rules")
    func zones() {
        let moving = Self.reports.filter { $0.audit.totals.ticksRescheduled > 0 }
        #expect(moving.count > Self.reports.count / 2)
    }

    @Test("are clean with more than a thousand jobs at once")
    func crowd() {
        var options = SimulationOptions(seed: 1)
        options.runsPerCrowd = 1
        let report = Self.simulate(options)
        #expect(report.violations.all == [])
        #expect(report.audit.jobsLive > 1_000)
    }

    @Test("are clean after a day of rushes and quiet phases")
    func day() {
        let report = Self.simulate(
            SimulationOptions(seed: 1, seconds: SimulationOptions.daySeconds))
        #expect(report.violations.all == [])
        #expect(report.counts.rushes > 1)
        // A day that was all rush would have forty times as many.
        #expect(report.audit.totals.ticks > 500)
    }

    @Test("meet every kind of fault, and repeat deliveries because of it")
    func faultsStrike() {
        var faults = Tally<Fault>()
        for report in Self.reports {
            for (fault, count) in report.counts.faults.all { faults.add(fault, count) }
            #expect(report.counts.deliveries > 100, "seed \(report.seed)")
            #expect(report.counts.limits > 10, "seed \(report.seed)")
        }
        for (fault, count) in faults.all { #expect(count > 0, "\(fault)") }
        for fault in [.crash, .refusal, .outage, .disk, .clockJump, .failedAnswer] as [Fault] {
            #expect(faults[fault] > 20, "\(fault)")
        }
        #expect(Self.reports.reduce(0) { $0 + $1.repeatedKeys } > 100)
        #expect(Self.reports.reduce(0) { $0 + $1.audit.totals.acknowledgements[.late] } > 0)
        #expect(Self.reports.reduce(0) { $0 + $1.counts.continued } > 20)
        #expect(Self.reports.reduce(0) { $0 + $1.counts.acknowledged } > 1_000)
    }

    @Test("are reproduced by their seed, to the last digest")
    func isReproducible() {
        let digests = [7, 7, 8].map { (seed: UInt64) in
            Self.simulate(SimulationOptions(seed: seed, seconds: 600)).audit.head?.digest
        }
        #expect(digests[0] != nil)
        #expect(digests[0] == digests[1])
        #expect(digests[0] != digests[2])
    }
}
