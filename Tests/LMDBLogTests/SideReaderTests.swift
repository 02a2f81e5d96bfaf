import EventLog
import Foundation
import LMDBLog
import Synchronization
import TestSupport
import Testing

@Suite("Reading a log beside its writer, in the same process")
struct SideReaderTests {
    @Test("other threads read whole turns while the writer appends, and hold it up in nothing")
    func whileAppending() async throws {
        let place = try Place()
        var log = try LMDBLog(directory: place.data, options: .small)
        try Sample.append(Sample.turns([1]), to: &log)
        let reader = log.sideReader()
        let reading = Reading()
        try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<2 {
                group.addTask {
                    var seen = 1
                    while !reading.isOver.withLock({ $0 }) {
                        seen = try Contents(of: reader).page.records.count
                    }
                    return seen
                }
            }
            for _ in 0..<200 {
                let head = try log.head().last
                _ = try log.append(Sample.turn(first: head.next, records: 2), after: head)
            }
            reading.isOver.withLock { $0 = true }
            for try await seen in group { #expect(seen % 2 == 1) }
        }
        #expect(try Contents(of: reader).page.records.count == 401)
    }

    @Test("the log stays open, and locked, until the last reader is given up")
    func lifetime() throws {
        let place = try Place()
        var reader: (any LogReader & Sendable)?
        do {
            let log = try LMDBLog(directory: place.data, options: .small)
            reader = log.sideReader()
        }
        #expect(try reader?.head().last == .zero)
        let error = failure { () throws(LogError) in
            try LMDBLog(directory: place.data, options: .small)
        }
        guard case .locked = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        reader = nil
        #expect(try LMDBLog(directory: place.data, options: .small).head().last == .zero)
    }
}
