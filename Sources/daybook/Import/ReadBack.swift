// The proof of an import: the log that was written is read again from its first record, judged by the
// audit, folded as a server folds it, and compared with what the file asked for, payloads included.

import Audit
import DaprExport
import EventLog
import JobState
import Jobs
import LMDBLog

/// A log that holds exactly the jobs that were to be moved in.
struct ReadBack {
    let identity: LogID
    let head: Seal
    /// Every job's generation.
    private(set) var generations: [JobID: SequenceNumber] = [:]

    /// Throws `damaged` at the first difference.
    init(of log: borrowing LMDBReader, expecting jobs: [ExportedJobs.Moved]) throws(LogError) {
        identity = log.identity
        head = try log.head()
        let report = try Audit.of(log, through: head)
        guard report.isClean, report.jobsLive == jobs.count else {
            throw .damaged(
                at: nil,
                detail: report.findings.first?.explanation
                    ?? "it holds \(report.jobsLive) jobs, not \(jobs.count)")
        }
        var awaited: [JobID: Definition] = [:]
        for job in jobs { awaited[job.definition.id] = job.definition }
        var projection = JobProjection()
        while projection.head < head.last {
            let page = try log.read(after: projection.head, limit: 1_000)
            for index in 0..<page.records.count {
                let record = try Self.record(index, of: page, &projection)
                guard let definition = record.event.accepted else { continue }
                let payload = try log.payload(of: record.sequence).map(PayloadSummary.init(of:))
                guard awaited.removeValue(forKey: definition.id) == definition,
                    payload == definition.payload,
                    let row = projection.row(of: record.sequence),
                    row.tick.number == definition.firstTick, row.tick.due == definition.firstDue
                else { throw Self.differs(at: record.sequence) }
                generations[definition.id] = record.sequence
            }
        }
        guard awaited.isEmpty else { throw Self.differs(at: head.last) }
    }

    private static func record(
        _ index: Int, of page: LogPage, _ projection: inout JobProjection
    ) throws(LogError) -> Record {
        do {
            let record = try EventCodec.decode(
                page.records.bytes, in: page.records.range(at: index),
                at: page.records.sequence(at: index))
            try projection.apply(record)
            return record
        } catch {
            throw .damaged(at: page.records.sequence(at: index), detail: "\(error)")
        }
    }

    private static func differs(at sequence: SequenceNumber) -> LogError {
        .damaged(at: sequence, detail: "it is not what the file asked for")
    }
}
