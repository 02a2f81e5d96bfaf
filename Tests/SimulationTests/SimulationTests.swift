import Audit
import EventLog
import Jobs
import Simulation
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
