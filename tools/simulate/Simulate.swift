// Simulates many runs, one after another on every core. Each depends only on its seed and its length, so that
// a bad one can be repeated.

import ArgumentParser
import Audit
import Foundation
import Simulation

enum OutputFormat: String, CaseIterable, ExpressibleByArgument {
    case text, json
}

@main
struct Simulate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "daybook-simulate",
        abstract: "Simulates crashes and faults around the scheduler, from seeds.",
        discussion: """
            A run of up to an hour is one rush; a longer one has rushes with long quiet phases \
            between them. Every run is judged by the audit, and by what its clients and apps \
            saw. Exit code 1 if one is bad; the command that repeats it is printed.
            """)

    @Option(help: "How many runs.") var seeds: UInt64 = 100
    @Option(help: "Virtual hours of faults in each; ten calm minutes follow.") var hours = 0.5
    @Option(help: "Simulate one seed, and print all that is wrong.") var seed: UInt64?
    @Option(help: "The first of the seeds.") var first: UInt64 = 1

    @Flag(help: "Repeat the runs that once found a bug.") var regressions = false
    @Option(name: .shortAndLong, help: "How the summary is printed.")
    var output = OutputFormat.text

    func validate() throws {
        guard hours > 0, hours <= 10_000 else {
            throw ValidationError("--hours must be above 0 and at most 10000")
        }
        guard seeds > 0, !first.addingReportingOverflow(seeds).overflow else {
            throw ValidationError("--seeds must be above 0, and --first + --seeds a seed")
        }
    }

    func run() async throws {
        OpenRuns.printWhenTrapped()
        var bad = 0
        if regressions {
            let all = Dictionary(grouping: Regression.all, by: \.seconds)
            for (seconds, runs) in all.sorted(by: { $0.key < $1.key }) {
                bad += try await simulate(runs.map(\.seed), hours: Double(seconds) / 3_600)
            }
        } else if let seed {
            bad = try await simulate([seed], hours: hours)
        } else {
            bad = try await simulate(first..<first + seeds, hours: hours)
        }
        if bad > 0 { throw ExitCode(1) }
    }

    /// Simulates `seeds`, prints a summary and returns how many runs are bad.
    private func simulate(_ seeds: some Sequence<UInt64>, hours: Double) async throws -> Int {
        let began = ContinuousClock.now
        var summary = Summary(hours: hours)
        await simulateAll(seeds, hours: hours) { report in
            summary.add(report)
            guard !report.violations.all.isEmpty else { return }
            note(Self.line(of: report.seed, hours: hours))
            if seed != nil { for violation in report.violations.all { note(violation) } }
        }
        summary.end(after: ContinuousClock.now - began)
        switch output {
        case .text: print(summary.text)
        case .json:
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
            print(String(decoding: try encoder.encode(summary), as: UTF8.self))
        }
        return summary.badSeeds.count
    }

    /// Prints a line for people, in addition to the summary.
    private func note(_ line: String) {
        switch output {
        case .text: print(line)
        case .json: FileHandle.standardError.write(Data((line + "\n").utf8))
        }
        fflush(nil)
    }

    /// Simulates as many runs at a time as there are cores.
    private func simulateAll(
        _ seeds: some Sequence<UInt64>, hours: Double, _ use: (SimulationReport) -> Void
    ) async {
        await withTaskGroup(of: SimulationReport.self) { group in
            var rest = seeds.makeIterator()
            func begin() {
                guard let seed = rest.next() else { return }
                group.addTask { Self.simulate(seed, hours: hours) }
            }
            for _ in 0..<ProcessInfo.processInfo.activeProcessorCount { begin() }
            while let report = await group.next() {
                use(report)
                begin()
            }
        }
    }

    private static func simulate(_ seed: UInt64, hours: Double) -> SimulationReport {
        OpenRuns.begin(line(of: seed, hours: hours))
        defer { OpenRuns.end() }
        var world = SimulatedWorld(
            SimulationOptions(seed: seed, seconds: Int64((hours * 3_600).rounded())))
        return world.run()
    }

    private static func line(of seed: UInt64, hours: Double) -> String {
        "daybook-simulate --seed \(seed) --hours \(hours)"
    }
}
