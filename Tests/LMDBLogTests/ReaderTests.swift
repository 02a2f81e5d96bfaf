import CLMDB
import EventLog
import Foundation
import LMDBLog
import Synchronization
import TestSupport
import Testing

@Suite("Reading a log without being its writer")
struct ReaderTests {
    @Test(
        "a reader in another process sees what a live writer has appended, and the writer goes on")
    func besideWriter() async throws {
        let place = try Place()
        var log = try LMDBLog(directory: place.data, options: .small)
        let path = place.data
        for turn in 1...3 {
            let head = try log.head().last
            _ = try log.append(Sample.turn(first: head.next, records: turn), after: head)
            try await #require(processExitsWith: .exitCode(Int32(turn))) {
                [path = path as String] in
                let reader = try LMDBReader(directory: path, options: .small)
                let contents = try Contents(of: reader)
                exit(Int32(contents.page.seals.count))
            }
        }
    }

    @Test("a reader that opens and reads while turns are appended sees whole turns and no damage")
    func whileAppending() async throws {
        let place = try Place()
        try place.fill([1])
        let path = place.data
        let reading = Reading()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                await #expect(processExitsWith: .success) { [path = path as String] in
                    for _ in 0..<30 {
                        let reader = try LMDBReader(directory: path, options: .small)
                        _ = try Contents(of: reader)
                    }
                }
                reading.isOver.withLock { $0 = true }
            }
            var log = try LMDBLog(directory: path, options: .small)
            for _ in 0..<500 where !reading.isOver.withLock({ $0 }) {
                let head = try log.head().last
                _ = try log.append(Sample.turn(first: head.next, records: 2), after: head)
            }
            try await group.waitForAll()
        }
    }

    @Test("the same process cannot open a log twice, which LMDB would not survive")
    func sameProcess() throws {
        let place = try Place()
        let log = try LMDBLog(directory: place.data, options: .small)
        let error = failure { () throws(LogError) in
            try LMDBReader(directory: place.data, options: .small)
        }
        #expect(error == .cannotOpen("\(place.dataFile) is already open in this process"))
        #expect(try log.head().last == .zero)
    }

    @Test("a missing or empty directory holds no log to read, and stays as it is")
    func nothing() throws {
        let place = try Place()
        let expected = LogError.cannotOpen("there is no log in \(place.data)")
        #expect(
            failure { () throws(LogError) in try LMDBReader(directory: place.data) } == expected)
        try place.makeData(holding: [])
        #expect(
            failure { () throws(LogError) in try LMDBReader(directory: place.data) } == expected)
        #expect(try place.names(in: place.data).isEmpty)
    }

    @Test("a reader reads what the writer wrote: records, seals, payloads and identity")
    func same() throws {
        let place = try Place()
        var log = try LMDBLog(directory: place.data, options: .small)
        var turns = Sample.turns([4, 2])
        turns[0].payloads = [Turn.Payload(generation: SequenceNumber(3), bytes: [1, 2, 3])]
        try Sample.append(turns, to: &log)
        let written = try Contents(of: log)
        let created = log.created
        _ = consume log
        let reader = try LMDBReader(directory: place.data, options: .small)
        #expect(try Contents(of: reader) == written)
        #expect(reader.created == created)
    }

    @Test("a reader killed in the middle of a read is noticed at the next append, and forgotten")
    func deadReader() async throws {
        let place = try Place()
        var options = LMDBOptions.small
        options.readerCheckInterval = .zero
        var log = try LMDBLog(directory: place.data, options: options)
        try Sample.append(Sample.turns([1]), to: &log)
        #expect(log.deadReaders == 0)
        let segment = place.segment
        await #expect(processExitsWith: .signal(SIGKILL)) { [segment = segment as String] in
            var environment: OpaquePointer?
            mdb_env_create(&environment)
            let flags = UInt32(MDB_NOTLS | MDB_RDONLY)
            guard mdb_env_open(environment, segment, flags, 0o600) == 0 else { exit(1) }
            var transaction: OpaquePointer?
            let code = mdb_txn_begin(environment, nil, UInt32(MDB_RDONLY), &transaction)
            guard code == 0 else { exit(2) }
            kill(getpid(), SIGKILL)
        }
        try Sample.append([Sample.turn(first: SequenceNumber(2), records: 1)], to: &log)
        #expect(log.deadReaders == 1)
        try Sample.append([Sample.turn(first: SequenceNumber(3), records: 1)], to: &log)
        #expect(log.deadReaders == 1)
    }
}

/// Tells the writer that the reading process is done.
final class Reading: Sendable {
    let isOver = Mutex(false)
}
