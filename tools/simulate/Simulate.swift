// Many simulated stories at once, one after another on every core. Each follows from its seed and
// its length alone, so that a bad one is told again by them.

import ArgumentParser
import Audit
import Foundation
import Simulation

@main
struct Simulate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "daybook-simulate",
        abstract: "Simulates crashes and faults around the scheduler, from seeds.",
        discussion: """
            Every story is judged by the audit, and by what its clients and apps saw. Exit code 1 \
            if one is bad; the line that repeats it is printed.
            """)

    @Option(help: "How many stories.") var seeds: UInt64 = 100
    @Option(help: "Virtual hours of faults in each; ten calm minutes follow.") var hours = 0.5
    @Option(help: "Tell the story of one seed, and all that is wrong with it.") var seed: UInt64?
    @Option(help: "The first of the seeds.") var first: UInt64 = 1

    func validate() throws {
        guard hours > 0, hours <= 10_000 else {
            throw ValidationError("--hours must be above 0 and at most 10000")
        }
        guard seeds > 0, !first.addingReportingOverflow(seeds).overflow else {
            throw ValidationError("--seeds must be above 0, and --first + --seeds a seed")
        }
    }

    func run() async throws {
        OpenStories.tellWhenTrapped()
        let began = ContinuousClock.now
        var summary = Summary()
        if let seed {
            let report = tell(seed)
            for violation in report.violations.all { print(violation) }
            summary.add(report)
        } else {
            await tellAll { report in
                summary.add(report)
                guard !report.violations.all.isEmpty else { return }
                print(line(of: report.seed))
                fflush(nil)
            }
        }
        print(summary.text(hours: hours, took: ContinuousClock.now - began))
        if summary.badStories > 0 { throw ExitCode(1) }
    }

    /// As many at a time as there are cores.
    private func tellAll(_ use: (SimulationReport) -> Void) async {
        await withTaskGroup(of: SimulationReport.self) { group in
            var seed = first
            func begin() {
                guard seed < first + seeds else { return }
                let next = seed
                group.addTask { tell(next) }
                seed += 1
            }
            for _ in 0..<ProcessInfo.processInfo.activeProcessorCount { begin() }
            while let report = await group.next() {
                use(report)
                begin()
            }
        }
    }

    private func tell(_ seed: UInt64) -> SimulationReport {
        OpenStories.begin(line(of: seed))
        defer { OpenStories.end() }
        var options = SimulationOptions(seed: seed)
        options.seconds = Int64(hours * 3_600)
        var world = SimulatedWorld(options)
        return world.run()
    }

    private func line(of seed: UInt64) -> String {
        "daybook-simulate --seed \(seed) --hours \(hours)"
    }
}
