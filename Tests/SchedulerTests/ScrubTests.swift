import Checkpoints
import EventLog
import Foundation
import JobState
import Jobs
import Logging
import Scheduler
import SchedulerCore
import TestSupport
import Testing

/// A log in memory that returns one record differently from how it was written.
private struct RottenLog: EventLog, ~Copyable {
    private var log: MemoryLog
    /// The altered record; zero for none.
    private let rotten: SequenceNumber

    init(_ storage: MemoryStorage, rotten: SequenceNumber) {
        log = MemoryLog(acquiring: storage)
        self.rotten = rotten
    }

    var identity: LogID { log.identity }
    var limits: LogLimits { log.limits }
    func head() -> Seal { log.head() }

    func read(after sequence: SequenceNumber, limit: Int) throws(LogError) -> LogPage {
        let page = log.read(after: sequence, limit: limit)
        var records = RecordBatch(first: page.records.first)
        for index in 0..<page.records.count {
            var bytes = Array(page.records.bytes[page.records.range(at: index)])
            if page.records.sequence(at: index) == rotten { bytes[bytes.count - 1] ^= 1 }
            bytes.withUnsafeBytes { records.append($0) }
        }
        return LogPage(records: records, seals: page.seals)
    }

    func payload(of generation: SequenceNumber) -> [UInt8]? { log.payload(of: generation) }

    mutating func append(_ turn: borrowing Turn, after head: SequenceNumber) throws(LogError)
        -> Seal
    { try log.append(turn, after: head) }

    mutating func space() -> Space { log.space() }
    func sideReader() -> any LogReader & Sendable { log.sideReader() }
}

@Suite("The check of what a boot from a checkpoint did not read")
final class ScrubTests {
    private let directory = FileManager.default.temporaryDirectory
        .appendingPathComponent("daybook-\(UUID().uuidString)")
    private let place = Place()
    private var file: CheckpointFile { CheckpointFile(directory: directory.path) }

    init() throws {
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    }

    deinit { LeftDirectories.leave(directory.path) }

    /// Twenty jobs, and a checkpoint at the head.
    private func prepare() async throws {
        try await place.withScheduler { scheduler, _ in
            for index in 0..<20 { _ = await scheduler.submit(try schedule("job-\(index)")) }
        }
        let log = MemoryLog(acquiring: place.storage)
        var projection = JobProjection()
        let page = log.read(after: .zero, limit: 1_000)
        for index in 0..<page.records.count {
            try projection.apply(
                EventCodec.decode(
                    page.records.bytes, in: page.records.range(at: index),
                    at: page.records.sequence(at: index)))
        }
        _ = try file.save(
            Checkpoint(projection: projection, seal: log.head(), log: place.storage.identity))
    }

    private func start(rotten: SequenceNumber) async throws -> (Scheduler, BootReport) {
        let scheduler = Scheduler(
            zones: FixedZones(), checkpoints: Checkpointing(file: file, interval: .max))
        let storage = place.storage
        let report = try await scheduler.start(
            softwareVersion: "test", logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        ) { _ in RottenLog(storage, rotten: rotten) }
        return (scheduler, report)
    }

    @Test(
        "a record before the checkpoint that has changed stops the writer", .timeLimit(.minutes(1)),
        arguments: [1, 2, 12, 21])
    func rotten(_ sequence: UInt64) async throws {
        try await prepare()
        let (scheduler, report) = try await start(rotten: SequenceNumber(sequence))
        #expect(report.checkpoint != nil)
        do {
            try await scheduler.run()
            Issue.record("the writer ended as if nothing were wrong")
        } catch SchedulerError.log(.damaged(let place, _)) {
            #expect(place == SequenceNumber(sequence))
        }
        let response = await scheduler.submit(try schedule("more"))
        #expect(response.rejection == .stopping)
    }

    @Test("a sound log continues to be served", .timeLimit(.minutes(1)))
    func sound() async throws {
        try await prepare()
        let (scheduler, _) = try await start(rotten: .zero)
        while scheduler.metrics.liveness.scrubbed < SequenceNumber(21) { await Task.yield() }
        #expect(await scheduler.submit(try schedule("more")).isScheduled)
        scheduler.stop()
        try await scheduler.run()
    }
}
