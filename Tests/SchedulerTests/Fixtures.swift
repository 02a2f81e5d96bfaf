import EventLog
import Jobs
import Logging
import Scheduler
import SchedulerCore
import Synchronization
import Testing

/// A log in memory that outlives the schedulers started on it.
struct Place {
    let storage = MemoryStorage(identity: LogID.random())

    /// Starts a scheduler on the log, runs it while `body` does, and stops it cleanly.
    @discardableResult
    func withScheduler<Result: Sendable>(
        zones: some ZoneSource = FixedZones(), checkpoints: Checkpointing? = nil,
        _ body: (Scheduler, BootReport) async throws -> Result
    ) async throws -> Result {
        let scheduler = Scheduler(zones: zones, checkpoints: checkpoints)
        let storage = storage
        let report = try await scheduler.start(
            softwareVersion: "test", logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        ) { _ in MemoryLog(acquiring: storage) }
        let result = try await body(scheduler, report)
        scheduler.stop()
        try await scheduler.run()
        return result
    }
}

/// Keeps deliveries and returns them one by one.
final class Recorder: DeliveryReceiver {
    let needsMetadata: Bool
    private let stream: AsyncStream<LoadedDelivery>
    private let continuation: AsyncStream<LoadedDelivery>.Continuation

    init(needsMetadata: Bool = false) {
        self.needsMetadata = needsMetadata
        (stream, continuation) = AsyncStream.makeStream()
    }

    func deliver(_ deliveries: [LoadedDelivery]) {
        for delivery in deliveries { continuation.yield(delivery) }
    }

    /// Waits for the next `count` deliveries.
    func next(_ count: Int) async -> [LoadedDelivery] {
        var taken: [LoadedDelivery] = []
        for await delivery in stream {
            taken.append(delivery)
            if taken.count == count { break }
        }
        return taken
    }
}

let caller = Caller(api: .http, appID: "shop", peer: "test")

func jobID(_ name: String) throws -> JobID {
    try JobID(namespace: "default", target: .app("shop"), name: name)
}

func route() throws -> RouteKey { try RouteKey(namespace: "default", appID: "shop") }

func schedule(_ name: String, _ change: (inout JobRequest) -> Void = { _ in }) throws -> Command {
    var request = JobRequest(id: try jobID(name), caller: caller)
    request.dueTime = "1h"
    change(&request)
    return .schedule(try JobPlan(request, zones: FixedZones()))
}

func scheduleNow() throws -> Command { try schedule("now") { $0.dueTime = "0s" } }

/// The result of a command.
enum Outcome: Sendable {
    case scheduled
    case deleted
    case found(StoredJob, JobStatus)
    case listed(StoredPage)
    case clockAccepted
    case deletedByPrefix(count: Int)
    case forgotten(Bool)
    case rejected(Rejection)

    var isScheduled: Bool { if case .scheduled = self { true } else { false } }
    var job: StoredJob? { if case .found(let job, _) = self { job } else { nil } }
    var rejection: Rejection? { if case .rejected(let rejection) = self { rejection } else { nil } }
}

extension Scheduler {
    /// Makes the call that `command` stands for.
    @discardableResult
    func submit(_ command: Command) async -> Outcome {
        do throws(Rejection) {
            switch command {
            case .schedule(let plan):
                try await schedule(plan)
                return .scheduled
            case .get(let id):
                let (job, status) = try await get(id)
                return .found(job, status)
            case .delete(let id, let caller):
                try await delete(id, by: caller)
                return .deleted
            case .list(let prefix, let last, let limit):
                return .listed(try await list(prefix, after: last, limit: limit))
            case .deleteByPrefix(let prefix, let caller):
                return .deletedByPrefix(count: try await deleteAll(prefix, by: caller))
            case .acceptClock:
                _ = try await acceptClock()
                return .clockAccepted
            case .forget(let forgotten): return .forgotten(try await forget(forgotten))
            case .deleteNamespace(let namespace, let caller):
                return .deletedByPrefix(count: try await deleteAll(in: namespace, by: caller))
            }
        } catch {
            return .rejected(error)
        }
    }

    /// Accepts a job that is due at once and takes its first delivery, by a receiver of its own.
    func deliveryOfJobDueNow() async throws -> Delivery {
        let recorder = Recorder()
        _ = attach(recorder, route: try route(), address: "test", window: 8)
        #expect(await submit(try scheduleNow()).isScheduled)
        return await recorder.next(1)[0].delivery
    }
}
