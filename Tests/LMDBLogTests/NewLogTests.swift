import EventLog
import Foundation
import LMDBLog
import TestSupport
import Testing

@Suite("Making a log whole")
struct NewLogTests {
    private let place: Place

    init() throws { place = try Place() }

    private func make(
        _ counts: [Int], failing: LogError? = nil,
        check: (borrowing LMDBReader) throws(LogError) -> Void = { _ in }
    ) throws(LogError) {
        try LMDBLog.make(in: place.data, options: .small) { log throws(LogError) in
            for turn in Sample.turns(counts) { try log.append(turn) }
            if let failing { throw failing }
        } checking: { log throws(LogError) in
            try check(log)
        }
    }

    @Test("it holds what was written, and can be written on")
    func whole() throws {
        var seen: Seal?
        try make([3, 1, 2]) { log throws(LogError) in seen = try log.head() }
        var log = try LMDBLog(directory: place.data, options: .small)
        let head = try log.head()
        #expect(head == seen)
        #expect(head.last == SequenceNumber(6))
        let read = try log.read(after: .zero, limit: 100)
        var expected = RecordBatch(first: SequenceNumber(1))
        for turn in Sample.turns([3, 1, 2]) { expected.append(turn.records) }
        #expect(read.records == expected)
        #expect(read.seals.count == 3)
        _ = try log.append(Sample.turn(first: head.last.next, records: 2), after: head.last)
    }

    @Test("its digests are those that a writer's turns have")
    func chain() throws {
        try make([3, 1, 2])
        let made = try LMDBReader(directory: place.data, options: .small)
        var chain = Seal.genesis(of: made.identity)
        for turn in Sample.turns([3, 1, 2]) {
            var digests = DigestChain(after: chain)
            digests.add(turn.records)
            chain = digests.close(
                first: turn.records.first, last: turn.records.last, time: turn.time,
                decidedThrough: turn.decidedThrough)
        }
        #expect(try made.head() == chain)
    }

    @Test("nobody sees it before it has been checked")
    func unseen() throws {
        try make([2]) { _ in
            let error = failure { () throws(LogError) in
                _ = try LMDBReader(directory: place.data, options: .small)
            }
            #expect(error == .cannotOpen("there is no log in \(place.data)"))
        }
    }

    @Test(
        "if it cannot be filled or does not pass the check there is none, and the next one can be")
    func failures() throws {
        let refusal = LogError.damaged(at: nil, detail: "not what was asked for")
        #expect(failure { () throws(LogError) in try make([2], failing: refusal) } == refusal)
        let unchecked = failure { () throws(LogError) in
            try make([2]) { _ throws(LogError) in throw refusal }
        }
        #expect(unchecked == refusal)
        try make([4])
        let log = try LMDBReader(directory: place.data, options: .small)
        #expect(try log.head().last == SequenceNumber(4))
    }

    @Test("a directory with a log is refused, and the log stays")
    func taken() throws {
        try place.fill([2])
        #expect(
            failure { () throws(LogError) in try make([1]) }
                == .cannotOpen("\(place.data) has a log already"))
        let log = try LMDBReader(directory: place.data, options: .small)
        #expect(try log.head().last == SequenceNumber(2))
    }

    @Test("so is one that another process has, one that is not Daybook's, and one without a parent")
    func others() throws {
        try FileManager.default.createDirectory(
            atPath: place.data, withIntermediateDirectories: false,
            attributes: [.posixPermissions: 0o700])
        try Data("mine".utf8).write(to: URL(fileURLWithPath: place.data + "/notes"))
        guard case .cannotOpen = failure({ () throws(LogError) in try make([1]) }) else {
            Issue.record("it was adopted")
            return
        }
        #expect(try place.names(in: place.data) == ["notes"])
        let orphan = failure { () throws(LogError) in
            try LMDBLog.make(in: place.path + "/a/b", options: .small) { _ in
            } checking: { _ in
            }
        }
        guard case .cannotOpen = orphan else {
            Issue.record("\(String(describing: orphan))")
            return
        }
    }
}
