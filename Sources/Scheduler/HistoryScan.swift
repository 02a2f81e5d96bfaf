// Reads a job's history backwards through the log, a page of records at a time. There is no index. Each
// event of a generation names the one before it, but late answers, deletions by prefix and generations
// before a delete are in no such chain, so every record is examined.

package import EventLog
package import Jobs

/// A request for a part of the history of all jobs that ever had a name.
package struct HistoryRequest: Equatable, Sendable {
    package let id: JobID
    /// Only events before this one; `nil` means up to the head.
    package let before: SequenceNumber?
    /// Maximum number of events; clamped to `limits`.
    package let limit: Int

    package static let limits = 1...SchedulerLimits.historyEventsMax

    package init(of id: JobID, before: SequenceNumber? = nil, limit: Int) {
        self.id = id
        self.before = before
        self.limit = limit
    }
}

/// A part of a history.
package struct HistoryPage: Equatable, Sendable {
    /// The events, newest first, including deletions by a prefix of the job's name.
    package let records: [Record]
    /// The oldest record examined; the next part begins before it. `nil` if it was the log's first
    /// record. There may be no event of the job before it.
    package let before: SequenceNumber?

    package init(records: [Record], before: SequenceNumber?) {
        self.records = records
        self.before = before
    }
}

/// Searches for the events of a name from the newest back, a few thousand records a step.
package struct HistoryScan {
    private let request: HistoryRequest
    private let limit: Int
    private let budget: Int
    private var records: [Record] = []
    /// All records before this one are still to be examined.
    private var position: SequenceNumber
    /// Number of records read, including those read to resolve a generation.
    private var looked = 0
    /// Size of the events found, in bytes as stored.
    private var bytes = 0
    /// Whether a generation had the name, by generation. Bounded by `looked`.
    private var isWanted: [SequenceNumber: Bool] = [:]

    /// Begins at `head`, or where the request says. Examines little more than `budget` records.
    package init(
        _ request: HistoryRequest, head: SequenceNumber,
        budget: Int = SchedulerLimits.historyRecords
    ) {
        self.request = request
        limit = min(
            max(request.limit, HistoryRequest.limits.lowerBound), HistoryRequest.limits.upperBound)
        self.budget = budget
        position = min(max(request.before ?? head.next, SequenceNumber(1)), head.next)
    }

    /// Whether the part is complete or the budget is used up.
    package var isDone: Bool { isFull || isAtBeginning || looked >= budget }

    private var isFull: Bool { records.count >= limit || bytes >= SchedulerLimits.historyBytesMax }
    private var isAtBeginning: Bool { position <= SequenceNumber(1) }

    /// `nil` if no job ever had the name: the whole log was searched, and nothing was found except
    /// deletions by prefix.
    package var page: HistoryPage? {
        let isKnown =
            request.before != nil || records.contains { $0.event.kind != .deletedByPrefix }
        if isAtBeginning && !isKnown { return nil }
        return HistoryPage(records: records, before: isAtBeginning ? nil : position)
    }

    /// Examines some more records. After an error it can be called again.
    package mutating func step<Log: LogReader & ~Copyable>(
        on log: borrowing Log
    ) throws(SchedulerError) {
        let count = min(UInt64(SchedulerLimits.historyPageRecords), position.rawValue - 1)
        let start = SequenceNumber(position.rawValue - 1 - count)
        let page: RecordBatch
        do throws(LogError) {
            page = try log.read(after: start, limit: Int(count)).records
        } catch {
            throw .log(error)
        }
        guard page.count == Int(count) else {
            throw .log(.damaged(at: page.last.next, detail: "the record is missing"))
        }
        var found: [Record] = []
        for index in 0..<page.count {
            let record = try page.record(at: index)
            if let definition = record.event.accepted {
                isWanted[record.sequence] = definition.id == request.id
            }
            found.append(record)
        }
        for index in found.indices.reversed() where !isFull {
            if try isPart(found[index], log) {
                records.append(found[index])
                bytes += page.range(at: index).count
            }
            looked += 1
            position = found[index].sequence
        }
    }

    /// Whether the record belongs to the history.
    private mutating func isPart<Log: LogReader & ~Copyable>(
        _ record: Record, _ log: borrowing Log
    ) throws(SchedulerError) -> Bool {
        switch record.event.subject {
        case .accepted: isWanted[record.sequence] ?? false
        case .job(let generation): try isWanted(generation, log)
        case .prefix(let keyPrefix): request.id.key.starts(with: keyPrefix)
        case .writer, .route: false
        }
    }

    private mutating func isWanted<Log: LogReader & ~Copyable>(
        _ generation: SequenceNumber, _ log: borrowing Log
    ) throws(SchedulerError) -> Bool {
        if let known = isWanted[generation] { return known }
        looked += 1
        let wanted = try JobArchive.definition(of: generation, in: log).id == request.id
        isWanted[generation] = wanted
        return wanted
    }
}
