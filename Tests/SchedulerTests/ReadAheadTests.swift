import EventLog
import Jobs
import Logging
import Scheduler
import SchedulerCore
import Synchronization
import Testing

/// A log of several pages, the last of them not full, and the result of a boot.
@Suite("Reading the log while it is folded", .timeLimit(.minutes(1)))
struct ReadAheadTests {
    private static let page = UInt64(SchedulerLimits.bootPageRecords)
    private static let turn: UInt64 = 500
    private static let count = page * 5 + turn
    /// On the first page, at its end and after it, in the middle, on the last page and at the end.
    private static let places = [2, page, page + 1, page * 5 / 2, page * 5 + 1, count]

    private let place = Place()
    private let faults = FaultyReader.Faults()

    /// A wrong record in the log.
    enum Wrong: CaseIterable {
        case noEvent, eventThatCannotFollow
    }

    /// Where the boot found the error, and which.
    private enum Finding: Equatable {
        case damage(UInt64?)
        case corruptHistory(UInt64)
    }

    /// Fills the log: `opened`, then frontiers except where `others` says otherwise.
    private func fill(
        _ others: [UInt64: Wrong] = [:], event: (UInt64) throws -> Event = { _ in .frontier }
    ) throws {
        var log = MemoryLog(acquiring: place.storage)
        let time = Timestamp(seconds: 1_800_000_000)
        let opened = Event.opened(
            Opening(
                bootID: BootID(high: 1, low: 1), softwareVersion: "test", logFormat: 0,
                isAfterCleanClose: true))
        for first in stride(from: 1, through: ReadAheadTests.count, by: Int(ReadAheadTests.turn)) {
            var records = RecordBatch(first: SequenceNumber(first))
            for number in first..<first + ReadAheadTests.turn {
                let event: Event? =
                    switch others[number] {
                    case .noEvent: nil
                    case .eventThatCannotFollow: opened
                    case nil: try number == 1 ? opened : event(number)
                    }
                records.append { bytes in
                    if let event {
                        EventCodec.encode(
                            Record(sequence: SequenceNumber(number), time: time, event: event),
                            into: &bytes)
                    } else {
                        bytes.append(.max)
                    }
                }
            }
            _ = try log.append(
                Turn(records: records, time: time, decidedThrough: .earliest),
                after: SequenceNumber(first - 1))
        }
    }

    private func start(_ scheduler: Scheduler = Scheduler(zones: FixedZones())) async throws
        -> BootReport
    {
        let (storage, faults) = (place.storage, faults)
        return try await scheduler.start(
            softwareVersion: "test", logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        ) { _ in SideReadLog(storage) { FaultyReader($0, faults) } }
    }

    /// The error of a boot; `nil` if it succeeds.
    private func finding() async throws -> Finding? {
        do {
            _ = try await start()
            return nil
        } catch SchedulerError.log(.damaged(let sequence, _)) {
            return .damage(sequence?.rawValue)
        } catch SchedulerError.corruptHistory(let sequence, _) {
            return .corruptHistory(sequence.rawValue)
        }
    }

    @Test("damage is found where it is", arguments: FaultyReader.Fault.allCases, places)
    func damage(_ kind: FaultyReader.Fault, _ number: UInt64) async throws {
        try fill()
        faults.fault.withLock { $0 = (kind, SequenceNumber(number)) }
        // For a changed record only its turn is known.
        let turn = (number - 1) / ReadAheadTests.turn * ReadAheadTests.turn + 1
        #expect(try await finding() == .damage(kind == .changed ? turn : number))
    }

    @Test(
        "a record that is no event, or cannot follow, is found where it is",
        arguments: Wrong.allCases, places)
    func corruptHistory(_ wrong: Wrong, _ number: UInt64) async throws {
        try fill([number: wrong])
        #expect(try await finding() == .corruptHistory(number))
    }

    @Test(
        "of several things that are wrong the first is told",
        arguments: Wrong.allCases,
        [(2, 3), (page - 1, page), (page, page + 1), (page + 1, page * 3), (page * 4, count)])
    func order(_ wrong: Wrong, _ numbers: (first: UInt64, second: UInt64)) async throws {
        let other: Wrong = wrong == .noEvent ? .eventThatCannotFollow : .noEvent
        try fill([numbers.first: wrong, numbers.second: other])
        #expect(try await finding() == .corruptHistory(numbers.first))
        // Nothing is known about the records of a page that cannot be read.
        let page = (numbers.second - 1) / ReadAheadTests.page * ReadAheadTests.page
        faults.fault.withLock { $0 = (.unreadable, SequenceNumber(numbers.second)) }
        let isOnOnePage = numbers.first > page
        #expect(
            try await finding()
                == (isOnOnePage ? .damage(numbers.second) : .corruptHistory(numbers.first)))
    }

    @Test("a boot that fails writes nothing and gives the log up, so that another one can succeed")
    func again() async throws {
        try fill()
        let head = MemoryLog(acquiring: place.storage).head()
        faults.fault.withLock { $0 = (.unreadable, SequenceNumber(ReadAheadTests.page + 1)) }
        #expect(try await finding() == .damage(ReadAheadTests.page + 1))
        #expect(faults.readers.withLock { $0 } == 0)
        #expect(MemoryLog(acquiring: place.storage).head() == head)
        faults.fault.withLock { $0 = nil }
        let scheduler = Scheduler(zones: FixedZones())
        #expect(try await start(scheduler).head == head.last.next)
        scheduler.stop()
        try await scheduler.run()
        #expect(faults.readers.withLock { $0 } == 0)
    }

    @Test("a fold that fails ends the reading, which is a few pages ahead at most")
    func bound() async throws {
        let page = ReadAheadTests.page
        // Folding jobs is slower than reading the records after them.
        try fill([page: .eventThatCannotFollow]) { number in
            guard number < page else { return .frontier }
            return .created(
                Definition(
                    id: try jobID("job-\(number)"), schedule: "@every 1m", dueTime: nil, ttl: nil,
                    repeats: nil, failurePolicy: .standard, anchor: .earliest, firstDue: .earliest,
                    expiry: nil, payload: nil, caller: caller))
        }
        #expect(try await finding() == .corruptHistory(page))
        #expect(faults.readers.withLock { $0 } == 0)
        // The page that was folded, those that waited, and one that did not fit.
        #expect(faults.reads.withLock { $0 } <= 1 + SchedulerLimits.bootPagesAhead + 1)
    }

    @Test("a stop while the log is folded is heeded as soon as that is done")
    func stop() async throws {
        try fill()
        faults.isHeld.withLock { $0 = true }
        let scheduler = Scheduler(zones: FixedZones())
        async let booted = start(scheduler)
        while faults.reads.withLock({ $0 }) == 0 { await Task.yield() }
        scheduler.stop()
        #expect(scheduler.metrics.liveness.phase == .folding)
        faults.isHeld.withLock { $0 = false }
        let report = try await booted
        try await scheduler.run()
        let log = MemoryLog(acquiring: place.storage)
        let records = log.read(after: report.head, limit: 10).records
        let end = records.count - 1
        let last = try EventCodec.decode(
            records.bytes, in: records.range(at: end), at: records.sequence(at: end))
        // Before it only that the clock is held: the log is much older.
        #expect(last.event == .closed && records.count <= 2)
        #expect(faults.readers.withLock { $0 } == 0)
    }
}
