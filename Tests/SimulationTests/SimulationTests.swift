import Audit
import EventLog
import Jobs
import Simulation
import TestSupport
import Testing

@Suite("Simulated stories")
struct SimulationTests {
    /// Every run takes these; a story is repeated by its seed alone.
    static let seeds = Array<UInt64>(1...100)

    @Test(
        "end with nothing missed, no forbidden duplicate, nothing unexplained", arguments: seeds)
    func isClean(seed: UInt64) {
        var world = SimulatedWorld(SimulationOptions(seed: seed))
        let report = world.run()
        #expect(report.violations == [], "seed \(seed)")
    }

    /// A city whose clocks are changed by law, now and then, while no process runs: other offsets,
    /// and daylight saving time for ten minutes of the story.
    static let rules = [
        "AAA0", "AAA0:03", "AAA-1", "AAA0BBB-0:20,J15/8:10,J15/8:40", "AAA-0:20BBB0,J15/8:35,J15/9",
    ].map { ZoneRules(SimulationOptions.zone, footer: $0) }

    @Test(
        "end so with jobs in a time zone, too, whose rules change while no process runs",
        arguments: seeds)
    func zones(seed: UInt64) {
        var options = SimulationOptions(seed: seed)
        options.zoneRules = Self.rules
        var world = SimulatedWorld(options)
        let report = world.run()
        #expect(report.violations == [], "seed \(seed)")
        #expect(
            report.audit.totals.ticksRescheduled > 0 || report.counts.crashes < 3, "seed \(seed)")
    }

    @Test("meet every kind of fault, and repeat deliveries because of it")
    func faultsStrike() {
        var crashes = 0
        var refusals = 0
        var outages = 0
        var repeated = 0
        var late = 0
        for seed in 1...5 as ClosedRange<UInt64> {
            var world = SimulatedWorld(SimulationOptions(seed: seed))
            let report = world.run()
            crashes += report.counts.crashes
            refusals += report.counts.refusals
            outages += report.counts.outages
            repeated += report.repeatedKeys
            late += report.audit.totals.acknowledgements[.late]
            #expect(report.counts.deliveries > 100, "seed \(seed)")
        }
        #expect(crashes > 20)
        #expect(refusals > 20)
        #expect(outages > 20)
        #expect(repeated > 100)
        #expect(late > 0)
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
