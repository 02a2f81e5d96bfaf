import EventLog
import Jobs
import Logging
import Scheduler
import SchedulerCore
import Synchronization
import Testing

private typealias Found = Result<HistoryPage, Rejection>

extension Result<HistoryPage, Rejection> {
    fileprivate var page: HistoryPage? { try? get() }
}

/// A reader that waits until it is released, or finds the log damaged.
private struct SlowReader: LogReader {
    final class Switch: Sendable {
        let isHeld = Mutex(false)
        let reads = Mutex(0)
        /// Number of reads that fail before one succeeds.
        let failures = Mutex<(error: LogError, left: Int)?>(nil)
    }

    let log: any LogReader & Sendable
    let gate: Switch

    var identity: LogID { log.identity }
    func head() throws(LogError) -> Seal { try log.head() }

    func read(after sequence: SequenceNumber, limit: Int) throws(LogError) -> LogPage {
        gate.reads.withLock { $0 += 1 }
        while gate.isHeld.withLock({ $0 }) {}
        let failure: LogError? = gate.failures.withLock { failures in
            guard let failing = failures, failing.left > 0 else { return nil }
            failures = (failing.error, failing.left - 1)
            return failing.error
        }
        if let failure { throw failure }
        return try log.read(after: sequence, limit: limit)
    }

    func payload(of generation: SequenceNumber) throws(LogError) -> [UInt8]? {
        try log.payload(of: generation)
    }
}

@Suite("The history of a job in a running scheduler")
struct HistoryTests {
    private let place = Place()
    private let gate = SlowReader.Switch()

    private func start() async throws -> Scheduler {
        let scheduler = Scheduler(zones: FixedZones())
        let (storage, gate) = (place.storage, gate)
        _ = try await scheduler.start(
            softwareVersion: "test", logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        ) { _ in SideReadLog(storage) { SlowReader(log: $0, gate: gate) } }
        return scheduler
    }

    private func history(_ scheduler: Scheduler, _ name: String = "a") async throws
        -> Found
    {
        let request = HistoryRequest(of: try jobID(name), limit: 10)
        do throws(Rejection) {
            return .success(try await scheduler.history(request))
        } catch {
            return .failure(error)
        }
    }

    @Test("shows what was acknowledged, and nothing of a name that never was")
    func contents() async throws {
        let scheduler = try await start()
        #expect(await scheduler.submit(try schedule("a")).isScheduled)
        #expect(await scheduler.submit(try schedule("a") { $0.overwrite = .replace }).isScheduled)
        _ = await scheduler.submit(.delete(try jobID("a"), caller))
        let page = try #require(try await history(scheduler).page)
        #expect(page.records.map(\.sequence.rawValue) == [4, 3, 2] && page.before == nil)
        #expect(try await history(scheduler, "b") == .failure(.notFound(try jobID("b"))))
        scheduler.stop()
        try await scheduler.run()
        #expect(try await history(scheduler) == .failure(.stopping))
    }

    @Test(
        "turns are taken while histories are read, and more readers than threads wait",
        .timeLimit(.minutes(1)))
    func beside() async throws {
        let scheduler = try await start()
        #expect(await scheduler.submit(try schedule("a")).isScheduled)
        gate.isHeld.withLock { $0 = true }
        try await withThrowingTaskGroup(of: Found.self) { group in
            for _ in 0..<5 { group.addTask { try await history(scheduler) } }
            while gate.reads.withLock({ $0 }) < 2 { await Task.yield() }
            for name in ["b", "c"] {
                #expect(await scheduler.submit(try schedule(name)).isScheduled)
            }
            #expect(gate.reads.withLock { $0 } == 2)
            gate.isHeld.withLock { $0 = false }
            for try await response in group { #expect(response.page?.records.count == 1) }
        }
        scheduler.stop()
        try await scheduler.run()
    }

    @Test("as many wait as the limit says, and one more is refused", .timeLimit(.minutes(1)))
    func waiting() async throws {
        let scheduler = try await start()
        #expect(await scheduler.submit(try schedule("a")).isScheduled)
        gate.isHeld.withLock { $0 = true }
        try await withThrowingTaskGroup(of: Found.self) { group in
            for _ in 0..<2 { group.addTask { try await history(scheduler) } }
            while gate.reads.withLock({ $0 }) < 2 { await Task.yield() }
            for _ in 0...SchedulerLimits.waitingHistoriesMax {
                group.addTask { try await history(scheduler) }
            }
            // None of those that wait can be answered, so this one is one too many.
            #expect(try await group.next() == .failure(.overloaded))
            gate.isHeld.withLock { $0 = false }
            for try await response in group { #expect(response.page != nil) }
        }
        scheduler.stop()
        try await scheduler.run()
    }

    @Test("a read that fails is tried again before the failure counts")
    func passing() async throws {
        let scheduler = try await start()
        #expect(await scheduler.submit(try schedule("a")).isScheduled)
        gate.failures.withLock { $0 = (.damaged(at: nil, detail: "test"), 2) }
        #expect(try await history(scheduler).page?.records.count == 1)
        gate.failures.withLock { $0 = (.cannotOpen("test"), 3) }
        #expect(try await history(scheduler) == .failure(.unavailable))
        #expect(try await history(scheduler).page?.records.count == 1)
        #expect(await scheduler.submit(try schedule("b")).isScheduled)
        scheduler.stop()
        try await scheduler.run()
    }

    @Test("damage found by a history stops the writer", .timeLimit(.minutes(1)))
    func damage() async throws {
        let scheduler = try await start()
        #expect(await scheduler.submit(try schedule("a")).isScheduled)
        gate.failures.withLock { $0 = (.damaged(at: SequenceNumber(2), detail: "test"), 3) }
        #expect(try await history(scheduler) == .failure(.unavailable))
        do {
            try await scheduler.run()
            Issue.record("the writer ended as if nothing were wrong")
        } catch SchedulerError.log(.damaged(let place, _)) {
            #expect(place == SequenceNumber(2))
        }
    }

    @Test("a stop refuses the histories that wait", .timeLimit(.minutes(1)))
    func stopping() async throws {
        let scheduler = try await start()
        gate.isHeld.withLock { $0 = true }
        try await withThrowingTaskGroup(of: Found.self) { group in
            for _ in 0..<3 { group.addTask { try await history(scheduler) } }
            while gate.reads.withLock({ $0 }) < 2 { await Task.yield() }
            scheduler.stop()
            // The others are being read.
            #expect(try await group.next() == .failure(.stopping))
            gate.isHeld.withLock { $0 = false }
            try await group.waitForAll()
        }
        try await scheduler.run()
    }
}
