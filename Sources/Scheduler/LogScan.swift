// Searches that read the log backwards, from the newest record, a page of records at a time. There is
// no index, so every record is examined; the caller gets what was found, and where to go on.

package import EventLog
import Jobs
package import SchedulerCore

/// A search of a bounded part of the log.
package protocol LogScan: Sendable {
    associatedtype Page: Sendable

    /// Whether the part is complete or the budget is used up.
    var isDone: Bool { get }
    /// What was found.
    var answer: Result<Page, Rejection> { get }
    /// Examines some more records. After an error it can be called again.
    mutating func step<Log: LogReader & ~Copyable>(on log: borrowing Log) throws(SchedulerError)
}

/// The way back through the log.
struct WayBack: Sendable {
    private let budget: Int
    /// All records before this one are still to be examined.
    private(set) var position: SequenceNumber
    /// The first record that the log has.
    private var first = SequenceNumber(1)
    /// Number of records read, including those read to resolve a number.
    private var looked = 0

    /// Begins before the record `before`, or at the head. Examines little more than `budget` records.
    init(before: SequenceNumber?, head: SequenceNumber, budget: Int) {
        self.budget = budget
        position = min(max(before ?? head.next, SequenceNumber(1)), head.next)
    }

    var isOver: Bool { isAtBeginning || looked >= budget }
    var isAtBeginning: Bool { position <= first }
    /// Where the next part begins; `nil` if the first record that the log has was examined.
    var rest: SequenceNumber? { isAtBeginning ? nil : position }

    /// The records before `position`, newest first, each with its size in bytes as stored. They
    /// count as examined when `pass` is called for them.
    mutating func page<Log: LogReader & ~Copyable>(
        of log: borrowing Log
    ) throws(SchedulerError) -> [(record: Record, bytes: Int)] {
        let page: RecordBatch
        let count: UInt64
        do throws(LogError) {
            first = try log.origin().last.next
            guard !isAtBeginning else { return [] }
            count = min(
                UInt64(SchedulerLimits.historyPageRecords), position.rawValue - first.rawValue)
            let start = SequenceNumber(position.rawValue - 1 - count)
            page = try log.read(after: start, limit: Int(count)).records
        } catch {
            throw .log(error)
        }
        guard page.count == Int(count) else {
            throw .log(.damaged(at: page.last.next, detail: "the record is missing"))
        }
        var found: [(Record, Int)] = []
        for index in (0..<page.count).reversed() {
            found.append((try page.record(at: index), page.range(at: index).count))
        }
        return found
    }

    /// `record` has been examined.
    mutating func pass(_ record: Record) {
        looked += 1
        position = record.sequence
    }

    /// One more record was read, somewhere.
    mutating func countRead() { looked += 1 }
}

extension Int {
    func clamped(to range: ClosedRange<Int>) -> Int {
        Swift.min(Swift.max(self, range.lowerBound), range.upperBound)
    }
}
