// Reads a log from a checkpoint, or from its first record, to its head: checksums, seals, events,
// state.

import Checkpoints
import EventLog
import Failpoints
import JobState
import Jobs

struct LogFold {
    private(set) var projection = JobProjection()
    /// The head of the log, when the fold is done.
    private(set) var head: Seal?

    /// Starts at `checkpoint`, if there is one. `vitals` are told how far it is.
    ///
    /// Throws where the log is damaged, or holds a history that cannot be. A checkpoint of this log
    /// that stands behind its head, or on another turn, is damage too: the log has lost what it
    /// once had.
    mutating func run<Log: LogReader & ~Copyable>(
        over log: borrowing Log, from checkpoint: Checkpoint?, _ vitals: Vitals
    ) throws(SchedulerError) {
        var check = SealCheck(after: .genesis(of: log.identity))
        let head: Seal
        do throws(LogError) {
            head = try log.head()
            if let checkpoint {
                try LogFold.find(checkpoint.seal, in: log, head)
                projection = checkpoint.projection
                check = SealCheck(after: checkpoint.seal)
            }
        } catch {
            throw .log(error)
        }
        self.head = head
        while projection.head < head.last {
            vitals.folded(projection.head, of: head.last)
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
            Failpoint.pageFolded.hit()
        }
        vitals.folded(projection.head, of: head.last)
        do { try check.finish() } catch { throw .log(error) }
    }

    /// Throws unless `seal` closes a turn of the log.
    private static func find<Log: LogReader & ~Copyable>(
        _ seal: Seal, in log: borrowing Log, _ head: Seal
    ) throws(LogError) {
        guard seal.last <= head.last else {
            throw .damaged(
                at: head.last.next,
                detail: "the log ends at record \(head.last), but a checkpoint stands on"
                    + " \(seal.last): its end is lost")
        }
        let page = try log.read(after: SequenceNumber(seal.last.rawValue - 1), limit: 1)
        guard page.seals == [seal] else {
            throw .damaged(
                at: seal.last,
                detail: "a checkpoint stands on record \(seal.last), but of another history")
        }
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
