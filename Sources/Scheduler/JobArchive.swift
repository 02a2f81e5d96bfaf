// Reads jobs from the log. Rows in memory hold only what decisions need, so texts and payloads are read
// from the generation's record and payload.

import EventLog
import Jobs
import SchedulerCore

extension StoredJob {
    /// The cost of reading it, in bytes.
    var readCost: Int { SchedulerLimits.readCostOfAJob + (payload?.value.count ?? 0) }
}

enum JobArchive {
    /// The definition accepted as `generation`.
    static func definition<Log: LogReader & ~Copyable>(
        of generation: SequenceNumber, in log: borrowing Log
    ) throws(SchedulerError) -> Definition {
        let page: LogPage
        do {
            page = try log.read(after: SequenceNumber(generation.rawValue - 1), limit: 1)
        } catch {
            throw .log(error)
        }
        guard page.records.count == 1 else {
            throw .log(.damaged(at: generation, detail: "the record is missing"))
        }
        guard let definition = try page.records.record(at: 0).event.accepted else {
            throw .corruptHistory(at: generation, reason: "no job was accepted there")
        }
        return definition
    }

    /// The job accepted as `generation`. Its payload is checked against the digest in its record.
    static func job<Log: LogReader & ~Copyable>(
        _ generation: SequenceNumber, in log: borrowing Log
    ) throws(SchedulerError) -> StoredJob {
        let definition = try definition(of: generation, in: log)
        guard let summary = definition.payload else {
            return StoredJob(generation: generation, definition: definition, payload: nil)
        }
        let stored = try storedPayload(of: generation, in: log)
        guard PayloadSummary(of: stored) == summary else {
            throw .log(.damaged(at: generation, detail: "its payload is not the one accepted"))
        }
        return StoredJob(
            generation: generation, definition: definition,
            payload: try payload(from: stored, generation))
    }

    /// As many jobs of a page as `SchedulerLimits.pageBytesMax` of payloads allow, the first in any case; the
    /// one that passes the limit is the last.
    static func page<Log: LogReader & ~Copyable>(
        _ found: FoundPage, in log: borrowing Log
    ) throws(SchedulerError) -> StoredPage {
        var jobs: [(StoredJob, JobStatus)] = []
        var bytes = 0
        for next in found.jobs where bytes < SchedulerLimits.pageBytesMax {
            let stored = try job(next.generation, in: log)
            bytes += stored.payload?.value.count ?? 0
            jobs.append((stored, next.status))
        }
        let hasMore = found.hasMore || jobs.count < found.jobs.count
        return StoredPage(prefix: found.prefix, jobs: jobs, hasMore: hasMore)
    }

    /// The payload of a generation that has one. A missing payload is damage, not an empty body.
    static func payload<Log: LogReader & ~Copyable>(
        of generation: SequenceNumber, in log: borrowing Log
    ) throws(SchedulerError) -> Payload {
        try payload(from: try storedPayload(of: generation, in: log), generation)
    }

    private static func storedPayload<Log: LogReader & ~Copyable>(
        of generation: SequenceNumber, in log: borrowing Log
    ) throws(SchedulerError) -> [UInt8] {
        let stored: [UInt8]?
        do { stored = try log.payload(of: generation) } catch { throw .log(error) }
        guard let stored else {
            throw .log(.damaged(at: generation, detail: "its payload is missing"))
        }
        return stored
    }

    private static func payload(
        from stored: [UInt8], _ generation: SequenceNumber
    ) throws(SchedulerError) -> Payload {
        guard let payload = Payload(stored: stored) else {
            throw .corruptHistory(at: generation, reason: "its payload cannot be read")
        }
        return payload
    }
}
