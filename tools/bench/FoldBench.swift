// How fast a boot is. The history is made by the real decider under virtual time, written to a real
// log, then booted from; the reference is the same log read and checked without being folded.

import ArgumentParser
import EventLog
import Jobs
import LMDBLog
import Logging
import Scheduler

struct FoldBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fold", abstract: "Events a second that a boot folds.")

    @Option(help: "An empty directory for the log.") var dataDir: String
    @Option(help: "Jobs, each every minute.") var jobs = 100_000
    @Option(help: "Events in the log, at least.") var events = 1_000_000
    @Option(help: "How often to boot.") var runs = 3

    func run() async throws {
        var history = try SyntheticHistory(
            jobs: jobs, schedule: "@every 1m", start: Timestamp(seconds: 1_800_000_000))
        do {
            var log = try LMDBLog(directory: dataDir)
            while history.head.rawValue < UInt64(events) { try history.writeTurn(to: &log) }
        }
        for _ in 0..<runs {
            let clock = ContinuousClock()
            var count = 0
            let reading = try clock.measure { count = try FoldBench.read(dataDir) }
            let scheduler = Scheduler(zones: FixedZones())
            let directory = dataDir
            let report = try await scheduler.start(
                softwareVersion: "bench", logger: Logger(label: "bench")
            ) { _ throws(LogError) in try LMDBLog(directory: directory) }
            scheduler.stop()
            try await scheduler.run()
            let folding = Duration.nanoseconds(report.nanoseconds)
            print(
                """
                events \(count) jobs \(report.jobs)  read and check \(rate(count, reading))/s  \
                boot \(rate(count, folding))/s  boot/read \(ratio(folding, reading))
                """)
        }
    }

    /// Reads every record with its checksum and every seal with its digest, as a boot does.
    private static func read(_ directory: String) throws -> Int {
        let log = try LMDBReader(directory: directory)
        var check = SealCheck(after: .genesis(of: log.identity))
        var position = SequenceNumber.zero
        while true {
            let page = try log.read(after: position, limit: 10_000)
            if page.records.isEmpty { return Int(position.rawValue) }
            try check.add(page)
            position = page.records.last
        }
    }

    private func rate(_ count: Int, _ duration: Duration) -> Int {
        Int(Double(count) / (duration / .seconds(1)))
    }

    private func ratio(_ one: Duration, _ other: Duration) -> String {
        let hundredths = Int((one / other) * 100)
        return "\(hundredths / 100).\(hundredths % 100 < 10 ? "0" : "")\(hundredths % 100)"
    }
}
