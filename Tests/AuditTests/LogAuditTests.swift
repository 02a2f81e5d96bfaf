import Audit
import EventLog
import Jobs
import Testing

@Suite("Auditing a whole log")
struct LogAuditTests {
    private func storage() throws -> MemoryStorage {
        MemoryStorage(identity: try #require(LogID(bytes: [UInt8](repeating: 9, count: 16))))
    }

    /// Appends `records` in turns of `turnLength`.
    private func append(
        _ records: [Record], to storage: MemoryStorage, turnLength: Int, through: Int64
    ) throws {
        var log = MemoryLog(acquiring: storage)
        var rest = records[...]
        while !rest.isEmpty {
            let head = log.head().last
            var batch = RecordBatch(first: head.next)
            for record in rest.prefix(turnLength) {
                batch.append { EventCodec.encode(record, into: &$0) }
            }
            rest = rest.dropFirst(turnLength)
            let turn = Turn(
                records: batch, time: .earliest, decidedThrough: Timestamp(seconds: through))
            _ = try log.append(turn, after: head)
        }
    }

    private func report(_ storage: MemoryStorage, pageLength: Int = 1_000) throws -> AuditReport {
        var limits = AuditLimits()
        limits.pageRecordsMax = pageLength
        let log = MemoryLog(acquiring: storage)
        return try Audit.of(log, limits: limits)
    }

    @Test("an empty log is clean")
    func empty() throws {
        let report = try report(storage())
        #expect(report.isClean)
        #expect(report.totals.records == 0)
    }

    @Test("a log is judged the same whatever the pages and turns", arguments: [1, 2, 3, 100])
    func pages(length: Int) throws {
        var history = try History.ready()
        let job = try history.created(schedule: "@every 60s")
        let trigger = history.triggered(job, at: 60)
        history.acknowledged(trigger, .succeeded, next: (2, 120))
        history.triggered(job, tick: 3, due: 180, at: 180)

        let storage = try storage()
        try append(history.records, to: storage, turnLength: 2, through: 0)
        let report = try report(storage, pageLength: length)
        #expect(report.totals.records == 6)
        #expect(report.findings == history.audit.report().findings)
        #expect(report.findingCounts[.missed] == 1)
        #expect(report.head?.last == SequenceNumber(6))
    }

    @Test("seals are judged after the records of their turn")
    func seals() throws {
        var history = try History.ready()
        try history.created()
        let storage = try storage()
        try append(history.records, to: storage, turnLength: 1, through: 60)
        #expect(try report(storage).findingCounts[.missed] == 1)
    }

    @Test("a record that cannot be decoded is damage, and located")
    func undecodable() throws {
        let storage = try storage()
        var log = MemoryLog(acquiring: storage)
        var batch = RecordBatch(first: SequenceNumber(1))
        batch.append { $0.append(contentsOf: [0xFF, 1, 2]) }
        let turn = Turn(records: batch, time: .earliest, decidedThrough: .earliest)
        _ = try log.append(turn, after: .zero)
        do {
            _ = try Audit.of(log)
            Issue.record("it was read")
        } catch {
            guard case .damaged(at: SequenceNumber(1), _) = error else {
                Issue.record("\(error)")
                return
            }
        }
    }

    @Test("a digest that does not fit is damage")
    func tampered() throws {
        let storage = try storage()
        try append(try History.ready().records, to: storage, turnLength: 1, through: 0)
        let log = Tampered(log: MemoryLog(acquiring: storage))
        #expect(throws: LogError.self) { try Audit.of(log) }
    }
}

/// A log whose second seal was taken with another time.
private struct Tampered: LogReader, ~Copyable {
    let log: MemoryLog

    var identity: LogID { log.identity }
    func head() -> Seal { log.head() }
    func payload(of generation: SequenceNumber) -> [UInt8]? { log.payload(of: generation) }

    func read(after sequence: SequenceNumber, limit: Int) -> LogPage {
        var page = log.read(after: sequence, limit: limit)
        page.seals[1].time = .latest
        return page
    }
}
