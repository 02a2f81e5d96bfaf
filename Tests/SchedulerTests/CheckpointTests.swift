import Audit
import Checkpoints
import EventLog
import Foundation
import JobState
import Jobs
import Scheduler
import SchedulerCore
import TestSupport
import Testing

/// A log, a directory for its checkpoint, and ten jobs.
@Suite("Booting from a checkpoint")
final class CheckpointTests {
    private let directory = FileManager.default.temporaryDirectory
        .appendingPathComponent("daybook-\(UUID().uuidString)")
    private let place = Place()
    private var path: String { directory.appendingPathComponent("checkpoint").path }
    private var file: CheckpointFile { CheckpointFile(directory: directory.path) }
    private var log: MemoryLog { MemoryLog(acquiring: place.storage) }

    init() throws {
        try FileManager.default.createDirectory(
            at: directory, withIntermediateDirectories: true)
    }

    deinit { LeftDirectories.leave(directory.path) }

    /// Accepts `names` in a new scheduler. Returns where its boot began and what it found.
    private func run(
        _ names: [String] = [], every interval: UInt64 = .max
    ) async throws -> BootReport {
        try await place.withScheduler(
            checkpoints: Checkpointing(file: file, interval: interval)
        ) { scheduler, report in
            for name in names { _ = await scheduler.submit(try schedule(name)) }
            return report
        }
    }

    /// Ten jobs, and a checkpoint of them as the writer would write it.
    private func prepare() async throws -> Seal {
        _ = try await run((0..<10).map { "job-\($0)" })
        let seal = log.head()
        _ = try file.save(
            Checkpoint(projection: folded(), seal: seal, log: place.storage.identity))
        return seal
    }

    private func folded() throws -> JobProjection {
        var projection = JobProjection()
        let page = log.read(after: .zero, limit: 10_000)
        for index in 0..<page.records.count {
            try projection.apply(
                EventCodec.decode(
                    page.records.bytes, in: page.records.range(at: index),
                    at: page.records.sequence(at: index)))
        }
        return projection
    }

    @Test("without one the whole log is folded")
    func none() async throws {
        let report = try await run(["a"])
        #expect(report.checkpoint == nil)
        #expect(try await run().jobs == 1)
    }

    @Test("its state and the records after it make the whole state")
    func used() async throws {
        let seal = try await prepare()
        let report = try await run(["more", "and-more"])
        #expect(report.checkpoint == seal.last)
        #expect(report.jobs == 10)
        // The checkpoint is older now, and the tail is longer.
        let second = try await run()
        #expect(second.checkpoint == seal.last)
        #expect(second.jobs == 12)
        #expect(try Audit.of(log).isClean)
    }

    @Test("a deleted one only costs the fold")
    func deleted() async throws {
        _ = try await prepare()
        try FileManager.default.removeItem(atPath: path)
        let report = try await run()
        #expect(report.checkpoint == nil)
        #expect(report.jobs == 10)
    }

    @Test("a damaged one is not used", arguments: [0.0, 0.3, 0.9, 1.0])
    func damaged(_ part: Double) async throws {
        _ = try await prepare()
        var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        bytes[Int(part * Double(bytes.count - 1))] ^= 1
        try bytes.write(to: URL(fileURLWithPath: path))
        let report = try await run()
        #expect(report.checkpoint == nil)
        #expect(report.jobs == 10)
    }

    @Test("one cut short, or empty, is not used", arguments: [0, 1, 100, 400])
    func cut(_ count: Int) async throws {
        _ = try await prepare()
        let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        try bytes.prefix(count).write(to: URL(fileURLWithPath: path))
        #expect(try await run().checkpoint == nil)
    }

    @Test("a pipe in its place is no checkpoint, and nobody waits for its other end")
    func pipe() async throws {
        _ = try await prepare()
        try FileManager.default.removeItem(atPath: path)
        #expect(mkfifo(path, 0o600) == 0)
        let report = try await run()
        #expect(report.checkpoint == nil)
        #expect(report.jobs == 10)
    }

    @Test("one of another log is not used")
    func anotherLog() async throws {
        let seal = try await prepare()
        let other = LogID.random()
        _ = try file.save(Checkpoint(projection: folded(), seal: seal, log: other))
        let report = try await run()
        #expect(report.checkpoint == nil)
        #expect(report.jobs == 10)
    }

    @Test("one that is ahead of the head shows that the log has lost its end")
    func future() async throws {
        var seal = try await prepare()
        let next = Record(
            sequence: seal.last.next, time: seal.time,
            event: .opened(
                Opening(
                    bootID: BootID(high: 1, low: 1), softwareVersion: "", logFormat: 0,
                    isAfterCleanClose: true)))
        var projection = try folded()
        try projection.apply(next)
        seal.last = next.sequence
        _ = try file.save(
            Checkpoint(projection: projection, seal: seal, log: place.storage.identity))
        await expectDamage(at: seal.last)
    }

    @Test("one on a turn with another digest shows that the history is another")
    func anotherHistory() async throws {
        var seal = try await prepare()
        seal.digest[0] ^= 1
        _ = try file.save(
            Checkpoint(projection: folded(), seal: seal, log: place.storage.identity))
        await expectDamage(at: seal.last)
    }

    @Test("one on a turn that is said to have been taken at another time shows the same")
    func anotherTime() async throws {
        var seal = try await prepare()
        seal.time = seal.time.clampedAdding(nanoseconds: 1)
        _ = try file.save(
            Checkpoint(projection: folded(), seal: seal, log: place.storage.identity))
        await expectDamage(at: seal.last)
    }

    @Test("one that does not stand at the end of a turn shows the same")
    func insideATurn() async throws {
        // A turn of three records, by hand: which records a scheduler puts into one turn depends on timing.
        var machine = SchedulerStateMachine(continuing: JobProjection())
        let opened = machine.open(
            bootID: BootID(high: 1, low: 1), softwareVersion: "", changedRules: [],
            now: Timestamp(seconds: 1_800_000_000))
        var records = RecordBatch(first: SequenceNumber(1))
        for event in opened.events { records.append { EventCodec.encode(event, into: &$0) } }
        for name in ["a", "b"] {
            guard case .schedule(let plan) = try schedule(name) else { return }
            let effects = machine.step(
                [.command(.schedule(plan), token: ReplyToken(1))],
                now: Timestamp(seconds: 1_800_000_000))
            for event in effects.events { records.append { EventCodec.encode(event, into: &$0) } }
        }
        var log = log
        var seal = try log.append(
            Turn(
                records: records, payloads: [], time: Timestamp(seconds: 1_800_000_000),
                decidedThrough: .earliest),
            after: .zero)
        seal.last = SequenceNumber(2)
        var projection = JobProjection()
        for index in 0..<2 {
            try projection.apply(
                EventCodec.decode(
                    records.bytes, in: records.range(at: index), at: records.sequence(at: index)))
        }
        _ = try file.save(
            Checkpoint(projection: projection, seal: seal, log: place.storage.identity))
        await expectDamage(at: SequenceNumber(2))
    }

    @Test("one of nothing is not used")
    func ofNothing() async throws {
        _ = try await prepare()
        let log = place.storage.identity
        _ = try file.save(
            Checkpoint(projection: JobProjection(), seal: .genesis(of: log), log: log))
        let report = try await run()
        #expect(report.checkpoint == nil)
        #expect(report.jobs == 10)
    }

    private func expectDamage(at sequence: SequenceNumber) async {
        await #expect(throws: SchedulerError.self) { _ = try await self.run() }
        do {
            _ = try await run()
        } catch SchedulerError.log(.damaged(let place, _)) {
            #expect(place == sequence)
        } catch {
            Issue.record("\(error)")
        }
    }

    @Test(
        "one is written as the log grows, on the way, and the next boot begins there",
        .timeLimit(.minutes(1)))
    func written() async throws {
        try await place.withScheduler(checkpoints: Checkpointing(file: file, interval: 20)) {
            scheduler, _ in
            for index in 0..<40 { _ = await scheduler.submit(try schedule("job-\(index)")) }
            while case .nothing = file.load(of: place.storage.identity) { await Task.yield() }
        }
        let report = try await run()
        let start = try #require(report.checkpoint)
        #expect(start >= SequenceNumber(20))
        #expect(report.jobs == 40)
    }

    @Test("one that cannot be written changes nothing")
    func unwritable() async throws {
        try FileManager.default.removeItem(at: directory)
        let report = try await run((0..<40).map { "job-\($0)" }, every: 20)
        #expect(report.checkpoint == nil)
        #expect(try await run().jobs == 40)
    }
}
