import EventLog
import Foundation
import LMDBLog
import Synchronization
import TestSupport
import Testing

@Suite("Copying a log")
struct CopyTests {
    @Test("a copy holds the same identity, records, payloads and seals, and can be written on")
    func same() throws {
        let place = try Place()
        try place.fillWithPayloads()
        let (written, created) = try place.contents()
        try place.copy()
        #expect(try place.names(in: place.target) == ["log"])
        var copy = try LMDBLog(directory: place.target, options: .small)
        #expect(try Contents(of: copy) == written)
        #expect(copy.created == created)
        let head = try copy.head().last
        let seal = try copy.append(Sample.turn(first: head.next, records: 2), after: head)
        _ = consume copy
        let reopened = try LMDBLog(directory: place.target, options: .small)
        #expect(try reopened.head() == seal)
        _ = try Contents(of: reopened)
        #expect(try place.names(in: place.path) == ["data", "copy"])
        #expect(try place.mode(of: place.target) == 0o700)
    }

    @Test(
        "turns become few transactions, and a turn larger than one goes alone",
        arguments: [1, 4_000])
    func batches(bytes: Int) throws {
        let place = try Place()
        let turns = try place.fillWithPayloads()
        let (written, _) = try place.contents()
        try place.copy(bytes: bytes)
        let reader = try LMDBReader(directory: place.target, options: .small)
        #expect(try Contents(of: reader) == written)
        _ = consume reader
        let count = try Forgery.transactionCount(in: place.targetSegment)
        if bytes == 1 { #expect(count == 1 + turns.count) } else { #expect(count < turns.count) }
    }

    @Test("an empty log has an empty copy")
    func empty() throws {
        let place = try Place()
        try place.fill([])
        let (written, _) = try place.contents()
        try place.copy()
        let copy = try LMDBLog(directory: place.target, options: .small)
        #expect(try Contents(of: copy) == written)
    }

    @Test("it ends with the turn it is asked to, and the digest there is the log's")
    func upTo() throws {
        let place = try Place()
        let seals = try place.fill([3, 1, 2])
        try place.copy(endingBy: SequenceNumber(5))
        let copy = try LMDBReader(directory: place.target, options: .small)
        #expect(try Contents(of: copy).page.seals == Array(seals[..<2]))
        #expect(try copy.head() == seals[1])
    }

    @Test("a seal of another history is not copied up to")
    func anotherEnd() throws {
        let place = try Place()
        var end = try place.fill([3, 1])[1]
        end.digest[0] ^= 1
        let error = try place.refusal(through: end)
        #expect(
            error
                == .damaged(
                    at: SequenceNumber(4),
                    detail: "the seal there is not the one noted before"))
    }

    @Test("beside a writer that goes on, it ends at the head noted when it began")
    func besideWriter() async throws {
        let place = try Place()
        try place.fill([Int](repeating: 3, count: 100))
        let path = place.path
        let copying = Copying()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                await #expect(processExitsWith: .success) { [path = path as String] in
                    try copyAndWaitForTheWriter(path)
                }
                copying.isOver.withLock { $0 = true }
            }
            var log = try LMDBLog(directory: place.data, options: .small)
            while !copying.isOver.withLock({ $0 }) {
                let head = try log.head().last
                _ = try log.append(Sample.turn(first: head.next, records: 2), after: head)
            }
            try await group.waitForAll()
        }
        let source = try LMDBReader(directory: place.data, options: .small)
        let copy = try LMDBReader(directory: place.target, options: .small)
        let noted = try copy.head()
        #expect(try source.seal(endingBy: noted.last) == noted)
        #expect(try source.head().last > noted.last)
        let whole = try Contents(of: source).page
        let copied = try Contents(of: copy).page
        #expect(copied.seals == Array(whole.seals.prefix(copied.seals.count)))
        #expect(
            copied.records.bytes.elementsEqual(
                whole.records.bytes.prefix(copied.records.bytes.count)))
    }

    @Test("what the caller throws ends it, and nothing is left")
    func stopped() throws {
        let place = try Place()
        try place.fill([1, 1, 1])
        let reader = try LMDBReader(directory: place.data, options: .small)
        let head = try reader.head()
        let error = failure { () throws(LogError) in
            try reader.copy(to: place.target, through: head, options: .small) {
                turn throws(LogError) in
                if turn.seal.last == SequenceNumber(2) { throw .cannotOpen("enough") }
            }
        }
        #expect(error == .cannotOpen("enough"))
        #expect(try place.names(in: place.path) == ["data"])
    }

    @Test("the caller sees every turn once, in order")
    func seen() throws {
        let place = try Place()
        let turns = try place.fillWithPayloads()
        let reader = try LMDBReader(directory: place.data, options: .small)
        var seen: [Turn] = []
        try reader.copy(to: place.target, through: try reader.head(), options: .small) { turn in
            seen.append(turn.turn)
        }
        #expect(seen == turns)
    }

    @Test("a process killed on the way leaves no copy, and the next one succeeds")
    func killed() async throws {
        let place = try Place()
        try place.fill([Int](repeating: 2, count: 50))
        let path = place.path
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
            let reader = try LMDBReader(directory: path + "/data", options: .small)
            var options = LMDBOptions.small
            options.copyBytes = 500
            try reader.copy(to: path + "/copy", through: try reader.head(), options: options) {
                turn in
                if turn.seal.last >= SequenceNumber(60) { kill(getpid(), SIGKILL) }
            }
        }
        #expect(try place.names(in: place.path) == ["data", "copy.unfinished"])
        let (written, _) = try place.contents()
        try place.copy()
        let copy = try LMDBReader(directory: place.target, options: .small)
        #expect(try Contents(of: copy) == written)
        #expect(try place.names(in: place.path) == ["data", "copy"])
    }
}

/// The child: copies slowly, and does not finish before the log has grown.
private func copyAndWaitForTheWriter(_ path: String) throws {
    let reader = try LMDBReader(directory: path + "/data", options: .small)
    let noted = try reader.head()
    var options = LMDBOptions.small
    options.copyBytes = 1_000
    try reader.copy(to: path + "/copy", through: noted, options: options) { _ throws(LogError) in
        while try reader.head() == noted { sched_yield() }
    }
    let copy = try LMDBReader(directory: path + "/copy", options: .small)
    guard try copy.head() == noted else { exit(1) }
}

/// Tells the writer that the copying process is done.
private final class Copying: Sendable {
    let isOver = Mutex(false)
}

extension Place {
    var target: String { path + "/copy" }
    var targetSegment: String { target + "/log/00000000000000000001" }

    func contents() throws -> (Contents, created: Timestamp) {
        let reader = try LMDBReader(directory: data, options: .small)
        return (try Contents(of: reader), reader.created)
    }

    func copy(endingBy last: SequenceNumber = SequenceNumber(.max), bytes: Int = 1 << 20) throws {
        let reader = try LMDBReader(directory: data, options: .small)
        var options = LMDBOptions.small
        options.copyBytes = bytes
        let end = try reader.seal(endingBy: last)
        try reader.copy(to: target, through: end, options: options) { _ in }
    }

    /// The error of a copy of the log, which must leave nothing behind.
    func refusal(through end: Seal? = nil) throws -> LogError? {
        let before = try names(in: path)
        let reader = try LMDBReader(directory: data, options: .small)
        let end = try end ?? reader.head()
        let error = failure { () throws(LogError) in
            try reader.copy(to: target, through: end, options: .small) { _ in }
        }
        #expect(try names(in: path) == before)
        return error
    }
}
