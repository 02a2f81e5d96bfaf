import Audit
import EventLog
import Jobs
import Simulation
import Testing

@Suite("Simulated stories")
struct SimulationTests {
    /// Every run takes these; a story is repeated by its seed alone.
    static let seeds = Array<UInt64>(1...25)

    @Test(
        "end with nothing missed, no forbidden duplicate, nothing unexplained", arguments: seeds)
    func isClean(seed: UInt64) {
        var world = SimulatedWorld(SimulationOptions(seed: seed))
        let report = world.run()
        #expect(report.violations.all == [], "seed \(seed)")
    }

    @Test("end so where jobs in a time zone are moved by its rules", arguments: seeds.prefix(5))
    func zones(seed: UInt64) {
        var world = SimulatedWorld(SimulationOptions(seed: seed))
        let report = world.run()
        #expect(report.violations.all == [], "seed \(seed)")
        #expect(
            report.audit.totals.ticksRescheduled > 0 || report.counts.boots < 4, "seed \(seed)")
    }

    @Test("end so with more than a thousand jobs at once", arguments: [1] as [UInt64])
    func crowd(seed: UInt64) {
        var options = SimulationOptions(seed: seed)
        options.storiesPerCrowd = 1
        var world = SimulatedWorld(options)
        let report = world.run()
        #expect(report.violations.all == [], "seed \(seed)")
        #expect(report.audit.jobsLive > 1_000)
    }

    @Test("meet every kind of fault, and repeat deliveries because of it")
    func faultsStrike() {
        var faults = Tally<Fault>()
        var repeated = 0
        var late = 0
        var continued = 0
        for seed in 1...5 as ClosedRange<UInt64> {
            var world = SimulatedWorld(SimulationOptions(seed: seed))
            let report = world.run()
            for (fault, count) in report.counts.faults.all { faults.add(fault, count) }
            repeated += report.repeatedKeys
            late += report.audit.totals.acknowledgements[.late]
            continued += report.counts.continued
            #expect(report.counts.deliveries > 100, "seed \(seed)")
            #expect(report.counts.limits > 10, "seed \(seed)")
        }
        for (fault, count) in faults.all { #expect(count > 0, "\(fault)") }
        for fault in [.crash, .refusal, .outage, .disk, .clockJump, .answer] as [Fault] {
            #expect(faults[fault] > 20, "\(fault)")
        }
        #expect(repeated > 100)
        #expect(late > 0)
        #expect(continued > 20)
    }

    @Test("are reproduced by their seed, to the last digest")
    func isReproducible() {
        var first = SimulatedWorld(SimulationOptions(seed: 7, seconds: 600))
        var second = SimulatedWorld(SimulationOptions(seed: 7, seconds: 600))
        var other = SimulatedWorld(SimulationOptions(seed: 8, seconds: 600))
        let digest = first.run().audit.head?.digest
        #expect(digest != nil)
        #expect(digest == second.run().audit.head?.digest)
        #expect(digest != other.run().audit.head?.digest)
    }
}
