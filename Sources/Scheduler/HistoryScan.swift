// Reads a job's history. Each event of a generation names the one before it, but late answers, deletions
// by prefix and generations before a delete are in no such chain, so every record is examined.

package import EventLog
package import Jobs
package import SchedulerCore

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
    /// What the app said, by the record of the failure.
    package let errors: [SequenceNumber: String]
    /// The oldest record examined; the next part begins before it. `nil` if it was the log's first
    /// record. There may be no event of the job before it.
    package let before: SequenceNumber?

    package init(
        records: [Record], errors: [SequenceNumber: String] = [:], before: SequenceNumber?
    ) {
        self.records = records
        self.errors = errors
        self.before = before
    }
}

/// Searches for the events of a name from the newest back, a few thousand records a step.
package struct HistoryScan: LogScan {
    private let request: HistoryRequest
    private let limit: Int
    private var way: WayBack
    private var records: [Record] = []
    private var errors: [SequenceNumber: String] = [:]
    /// Size of the events found, in bytes as stored.
    private var bytes = 0
    /// Whether a generation had the name, by generation. Bounded by the records read.
    private var isWanted: [SequenceNumber: Bool] = [:]

    /// Begins at `head`, or where the request says. Examines little more than `budget` records.
    package init(
        _ request: HistoryRequest, head: SequenceNumber,
        budget: Int = SchedulerLimits.historyRecords
    ) {
        self.request = request
        limit = request.limit.clamped(to: HistoryRequest.limits)
        way = WayBack(before: request.before, head: head, budget: budget)
    }

    package var isDone: Bool { isFull || way.isOver }

    private var isFull: Bool { records.count >= limit || bytes >= SchedulerLimits.historyBytesMax }

    /// Not found if no job ever had the name: the whole log was searched, and nothing was found except
    /// deletions by prefix.
    package var answer: Result<HistoryPage, Rejection> {
        let isKnown =
            request.before != nil || records.contains { $0.event.kind != .deletedByPrefix }
        if way.isAtBeginning && !isKnown { return .failure(.notFound(request.id)) }
        return .success(HistoryPage(records: records, errors: errors, before: way.rest))
    }

    package mutating func step<Log: LogReader & ~Copyable>(
        on log: borrowing Log
    ) throws(SchedulerError) {
        let page = try way.page(of: log)
        for (record, _) in page {
            if let definition = record.event.accepted {
                isWanted[record.sequence] = definition.id == request.id
            }
        }
        for (record, size) in page where !isFull {
            if try isPart(record, log) {
                if case .acknowledged(let answer) = record.event {
                    errors[record.sequence] = try JobArchive.error(
                        of: answer, at: record.sequence, in: log)
                }
                records.append(record)
                bytes += size
            }
            way.pass(record)
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
        way.countRead()
        // The job of a removed record had ended before, and with it what is told of it.
        let definition = try JobArchive.definitionIfKept(of: generation, in: log)
        let wanted = definition?.id == request.id
        isWanted[generation] = wanted
        return wanted
    }
}
