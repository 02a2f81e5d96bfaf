// Folds a log from a checkpoint, or from its origin, up to its head.

import Checkpoints
import EventLog
import Failpoints
import JobState
import Jobs

struct LogFold {
    private(set) var projection = JobProjection()
    /// The head of the log; set when the fold begins.
    private(set) var head: Seal?

    /// Starts at `checkpoint`, if there is one. Reports its progress to `liveness`.
    ///
    /// Throws if the log is damaged or holds an impossible history. A checkpoint of this log that is
    /// ahead of its head, or does not match a turn, is damage too: the log has lost records.
    mutating func run<Log: EventLog & ~Copyable>(
        over log: borrowing Log, from checkpoint: Checkpoint?, _ liveness: Liveness
    ) throws(SchedulerError) {
        var start: Seal
        let head: Seal
        do throws(LogError) {
            head = try log.head()
            start = try log.origin()
            if let checkpoint {
                try LogFold.find(checkpoint.seal, in: log, head)
                projection = checkpoint.projection
                start = checkpoint.seal
            } else {
                projection = try JobProjection(atOriginOf: log)
            }
        } catch {
            throw .log(error)
        }
        self.head = head
        let ahead = ReadAhead(log.sideReader(), after: start, to: head)
        defer { ahead.stop() }
        var end: CheckedPage.End?
        while end == nil {
            liveness.folded(projection.head, of: head.last)
            let page = ahead.next()
            try apply(page.records)
            Failpoint.pageFolded.hit()
            end = page.end
        }
        liveness.folded(projection.head, of: head.last)
        if case .failure(let error) = end { throw error }
    }

    /// Throws unless `seal` ends a turn of the log.
    private static func find<Log: LogReader & ~Copyable>(
        _ seal: Seal, in log: borrowing Log, _ head: Seal
    ) throws(LogError) {
        guard seal.last <= head.last else {
            throw .damaged(
                at: head.last.next,
                detail: "the log ends at record \(head.last), but a checkpoint stands on"
                    + " \(seal.last): its end is lost")
        }
        let origin = try log.origin()
        let found =
            seal.last == origin.last
            ? [origin]
            : try log.read(after: SequenceNumber(seal.last.rawValue - 1), limit: 1).seals
        guard found == [seal] else {
            throw .damaged(
                at: seal.last,
                detail: "a checkpoint stands on record \(seal.last), but of another history")
        }
    }

    private mutating func apply(_ records: [Record]) throws(SchedulerError) {
        for index in records.indices {
            do {
                try projection.apply(records[index])
            } catch {
                throw .corruptHistory(at: error.sequence, reason: error.reason)
            }
        }
    }
}
