// Whether an operation costs more the more jobs there are. Schedulers over logs of different sizes
// live beside each other in this process, and each operation is measured with one after the other,
// round by round. What counts is the processor's time: the disk's does not depend on the jobs.

import ArgumentParser
import EventLog
import Foundation
import Jobs
import LMDBLog
import Logging
import Scheduler
import SchedulerCore
import Synchronization

struct GrowthBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "growth",
        abstract: "Processor time of an operation with few and with many jobs.")

    @Argument(help: "Directories with logs of the command history, without a trigger soon.")
    var dataDirs: [String]
    @Option(parsing: .upToNextOption, help: "How many jobs each of them was made with.")
    var jobs: [Int]
    @Option(help: "How often each is measured.") var rounds = 3
    @Option(help: "Operations of a round.") var operations = 20_000

    func validate() throws {
        if jobs.count != dataDirs.count { throw ValidationError("--jobs: a number each") }
    }

    func run() async throws {
        var subjects: [GrowthSubject] = []
        for (directory, jobs) in zip(dataDirs, jobs) {
            subjects.append(try await GrowthSubject(directory, jobs: jobs))
        }
        var rounds: [[GrowthFigures]] = []
        // The first round warms up.
        for round in 0...self.rounds {
            var figures: [GrowthFigures] = []
            for subject in subjects {
                figures.append(try await subject.measure(operations, round: round))
            }
            if round > 0 { rounds.append(figures) }
        }
        for subject in subjects { try await subject.stop() }
        try AllGrowthFigures(rounds: rounds).show()
    }
}

private struct AllGrowthFigures: Figures { let rounds: [[GrowthFigures]] }

/// Microseconds of the processor that each operation took.
private struct GrowthFigures: Figures {
    let jobs: Int
    let schedule: Double
    let get: Double
    let delete: Double
    let trigger: Double
}

/// A scheduler with many jobs.
private struct GrowthSubject {
    private let scheduler: Scheduler
    private let app: AnsweringApp
    /// Those of `SyntheticHistory`, by their numbers; there may be others.
    private let jobs: Int
    private let caller = Caller(api: .http, appID: "bench", peer: "bench")

    init(_ directory: String, jobs: Int) async throws {
        self.jobs = jobs
        scheduler = Scheduler(zones: FixedZones())
        _ = try await scheduler.start(
            softwareVersion: "bench",
            logger: Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() }
        ) { _ throws(LogError) in try LMDBLog(directory: directory) }
        app = AnsweringApp(scheduler)
        _ = scheduler.attach(
            app, route: try SyntheticHistory.route, address: "bench", window: .max)
    }

    func stop() async throws {
        scheduler.stop()
        try await scheduler.run()
    }

    func measure(_ count: Int, round: Int) async throws -> GrowthFigures {
        let daily = try plans(count, "daily-\(round)", schedule: "@every 24h")
        let names = try (0..<count).map { _ in
            try SyntheticHistory.id(of: Int.random(in: 0..<jobs))
        }
        let schedule = await cost(of: count) {
            try await scheduler.schedule(daily[$0])
        }
        let get = await cost(of: count) { _ = try await scheduler.get(names[$0]) }
        let delete = await cost(of: count) { index in
            try await scheduler.delete(daily[index].request.id, by: caller)
        }
        return GrowthFigures(
            jobs: jobs, schedule: schedule, get: get, delete: delete,
            trigger: try await triggerCost(count, round))
    }

    /// Of a trigger and its answer, which ends its job.
    private func triggerCost(_ count: Int, _ round: Int) async throws -> Double {
        let due = Int64(Date().timeIntervalSince1970) + 4
        let dueTime = InstantText.utc(Timestamp(seconds: due))
        let once = try plans(count, "once-\(round)", dueTime: dueTime)
        _ = await cost(of: count) { try await scheduler.schedule(once[$0]) }
        app.expect(count)
        let left = Double(due) - Date().timeIntervalSince1970
        guard left > 0.1 else { throw ValidationError("scheduling took too long") }
        try await Task.sleep(for: .seconds(left - 0.1))
        let start = ProcessorTime.microseconds
        await app.waitUntilAnswered()
        // Commands are taken after the answers that came before them.
        _ = try? await scheduler.get(once[0].request.id)
        return (ProcessorTime.microseconds - start) / Double(count)
    }

    /// Microseconds of the processor for each of `count` operations, many of them at a time.
    private func cost(
        of count: Int, _ operation: @escaping @Sendable (Int) async throws -> Void
    ) async -> Double {
        let start = ProcessorTime.microseconds
        await withTaskGroup { group in
            for worker in 0..<Self.workers {
                group.addTask {
                    for index in stride(from: worker, to: count, by: Self.workers) {
                        do {
                            try await operation(index)
                        } catch {
                            preconditionFailure("refused: \(error)")
                        }
                    }
                }
            }
        }
        return (ProcessorTime.microseconds - start) / Double(count)
    }

    /// Jobs whose names lie between those that are there, at random places.
    private func plans(
        _ count: Int, _ suffix: String, schedule: String? = nil, dueTime: String? = nil
    ) throws -> [JobPlan] {
        try (0..<count).map { index in
            let neighbour = try SyntheticHistory.id(of: Int.random(in: 0..<jobs))
            let id = try JobID(
                namespace: "default", target: .app("bench"),
                name: "\(neighbour.name)-\(suffix)-\(index)")
            return try JobPlan(
                JobRequest(id: id, schedule: schedule, dueTime: dueTime, caller: caller),
                zones: FixedZones())
        }
    }

    private static let workers = 256
}

/// Answers at once.
private final class AnsweringApp: DeliveryReceiver {
    private struct Expected {
        var count = 0
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let scheduler: Scheduler
    private let expected = Mutex(Expected())

    init(_ scheduler: Scheduler) { self.scheduler = scheduler }

    func expect(_ count: Int) { expected.withLock { $0.count = count } }

    /// Returns when as many were answered as are expected.
    func waitUntilAnswered() async {
        await withCheckedContinuation { waiter in
            let isOver = expected.withLock { expected in
                if expected.count > 0 { expected.waiter = waiter }
                return expected.count <= 0
            }
            if isOver { waiter.resume() }
        }
    }

    func deliver(_ deliveries: [LoadedDelivery]) {
        for loaded in deliveries {
            scheduler.answer(
                Answer(trigger: loaded.delivery.trigger, outcome: .succeeded, code: 200))
        }
        let waiter = expected.withLock { expected in
            expected.count -= deliveries.count
            guard expected.count <= 0 else { return nil as CheckedContinuation<Void, Never>? }
            defer { expected.waiter = nil }
            return expected.waiter
        }
        waiter?.resume()
    }
}
