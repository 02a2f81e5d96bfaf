// How long triggers wait while a checkpoint is written beside them. A log of many jobs is booted
// without a checkpoint, so that one is begun at once, and 1,000 further jobs are due every second,
// spread over it. Lateness is measured where an app would be called: due time to delivery.

import ArgumentParser
import Checkpoints
import EventLog
import Foundation
import Jobs
import LMDBLog
import Logging
import Scheduler
import SchedulerCore
import Synchronization

struct StallBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stall", abstract: "Lateness of triggers around a checkpoint.")

    @Option(help: "A directory with a log; see the command history.") var dataDir: String
    @Option(help: "Jobs that are due every second.") var ticking = 1_000
    @Option(help: "Seconds to measure once the checkpoint is written.") var after = 10

    func run() async throws {
        let checkpoint = dataDir + "/checkpoint"
        try? FileManager.default.removeItem(atPath: checkpoint)
        let scheduler = Scheduler(
            zones: FixedZones(),
            checkpoints: Checkpointing(file: CheckpointFile(directory: dataDir), interval: 100))
        let directory = dataDir
        let report = try await scheduler.start(
            softwareVersion: "bench",
            logger: Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() }
        ) { _ throws(LogError) in try LMDBLog(directory: directory) }
        let app = TickingApp(scheduler)
        let route = try RouteKey(namespace: "default", appID: "ticking")
        _ = scheduler.attach(app, route: route, address: "bench", window: .max)
        try await schedule(on: scheduler)
        while !FileManager.default.fileExists(atPath: checkpoint) {
            try await Task.sleep(for: .milliseconds(10))
        }
        let during = app.takeLateness()
        try await Task.sleep(for: .seconds(after))
        let quiet = app.takeLateness()
        _ = try await scheduler.deleteAll(
            JobPrefix(namespace: "default", target: .app("ticking"), prefix: ""),
            by: Caller(api: .http, appID: "ticking", peer: "bench"))
        scheduler.stop()
        try await scheduler.run()
        try StallFigures(jobs: report.jobs, during: during, afterwards: quiet).show()
    }

    /// The first commands are the first turns, with which the checkpoint begins.
    private func schedule(on scheduler: Scheduler) async throws {
        let caller = Caller(api: .http, appID: "ticking", peer: "bench")
        for job in 0..<ticking {
            let id = try JobID(
                namespace: "default", target: .app("ticking"), name: "tick-\(job)")
            // Without a due time of its own a job's ticks follow the moment it was accepted.
            let request = JobRequest(
                id: id, schedule: "@every 1s", overwrite: .replace, caller: caller)
            try await scheduler.schedule(try JobPlan(request, zones: FixedZones()))
        }
    }
}

/// Lateness while a checkpoint is written, and then.
private struct StallFigures: Figures {
    let jobs: Int
    let during: Lateness
    let afterwards: Lateness
}

/// Answers at once and notes how late it was called.
private final class TickingApp: DeliveryReceiver {
    private let scheduler: Scheduler
    private let lateness = Mutex<[Double]>([])

    init(_ scheduler: Scheduler) { self.scheduler = scheduler }

    func deliver(_ deliveries: [LoadedDelivery]) {
        let now = Timestamp(nanoseconds: Int64(Date().timeIntervalSince1970 * 1e9))
        lateness.withLock { lateness in
            for loaded in deliveries {
                lateness.append(Double(now.nanoseconds(since: loaded.delivery.due)) / 1e6)
            }
        }
        for loaded in deliveries {
            scheduler.answer(
                Answer(trigger: loaded.delivery.trigger, outcome: .succeeded, code: 200))
        }
    }

    func takeLateness() -> Lateness {
        let taken = lateness.withLock { lateness in
            defer { lateness = [] }
            return lateness
        }
        return Lateness(taken)
    }
}
