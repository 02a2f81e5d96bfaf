// Reads a log from its first record to its head: checksums, seals, events, state.

import EventLog
import JobState
import Jobs

struct LogFold {
    private(set) var projection = JobProjection()

    /// Throws where the log is damaged, or holds a history that cannot be.
    mutating func run<Log: LogReader & ~Copyable>(over log: borrowing Log) throws(SchedulerError) {
        let end: SequenceNumber
        var check = SealCheck(after: .genesis(of: log.identity))
        do { end = try log.head().last } catch { throw .log(error) }
        while projection.head < end {
            let page: LogPage
            do throws(LogError) {
                page = try log.read(after: projection.head, limit: Limits.bootPageRecords)
                guard !page.records.isEmpty else {
                    throw .damaged(at: projection.head.next, detail: "the record is missing")
                }
                try check.add(page)
            } catch {
                throw .log(error)
            }
            try apply(page.records)
        }
        do { try check.finish() } catch { throw .log(error) }
    }

    private mutating func apply(_ records: RecordBatch) throws(SchedulerError) {
        for index in 0..<records.count {
            let record = try LogFold.decode(records, at: index)
            do {
                try projection.apply(record)
            } catch {
                throw .corruptHistory(at: error.sequence, reason: error.reason)
            }
        }
    }

    static func decode(_ records: RecordBatch, at index: Int) throws(SchedulerError) -> Record {
        do throws(EventCodecError) {
            return try EventCodec.decode(
                records.bytes, in: records.range(at: index), at: records.sequence(at: index))
        } catch {
            throw .corruptHistory(at: records.sequence(at: index), reason: "\(error)")
        }
    }
}
