// The state after a turn, folded as the server does.

import Checkpoints
import EventLog
import EventText
import JobState
import Jobs
import LMDBLog
import SchedulerCore

struct StateFold {
    private(set) var projection: JobProjection
    /// The seal up to which records have been applied.
    private(set) var seal: Seal

    /// Begins with the checkpoint beside the log if it matches a turn up to `target`; otherwise at the
    /// log's origin.
    init(
        upTo target: Seal, of reading: borrowing LogReading, in directory: String
    ) throws(LogError) {
        let origin = reading.origin
        let found = CheckpointFile(directory: directory).load(of: reading.log.identity)
        if case .checkpoint(let checkpoint) = found, checkpoint.seal.last <= target.last,
            checkpoint.seal.last >= origin.last,
            try reading.seal(endingBy: checkpoint.seal.last) == checkpoint.seal
        {
            projection = checkpoint.projection
            seal = checkpoint.seal
        } else {
            projection = try JobProjection(atOriginOf: reading.log)
            seal = origin
        }
    }

    /// Applies the records up to the end of a later turn.
    mutating func advance(
        to target: Seal, of reading: borrowing LogReading, _ output: inout ReadingOutput
    ) throws(LogError) {
        try reading.records(after: seal, through: target.last) { record throws(LogError) in
            do throws(CorruptHistory) {
                try projection.apply(record)
            } catch {
                throw .damaged(
                    at: error.sequence,
                    detail: "it cannot follow what came before: \(error.reason)")
            }
            output.passed(record.sequence)
        }
        seal = target
    }
}

/// A job that was live at a past instant.
struct PastJob {
    let id: JobID
    let generation: SequenceNumber
    let row: JobRow
    let status: JobStatus

    init?(_ id: JobID, in projection: JobProjection) throws(LogError) {
        guard let generation = projection.names[id], let row = projection.rows[generation] else {
            return nil
        }
        guard row.tick.phase != .finished else {
            throw .damaged(at: row.previous, detail: "its job has no tick left and is still there")
        }
        self.id = id
        self.generation = generation
        self.row = row
        status = JobStatus(of: row, in: projection.zones)
    }

    /// The number of ticks done, and the total if it is limited.
    var ticks: String {
        row.rule.repeats.map { "\(status.ticksDone)/\($0)" } ?? "\(status.ticksDone)"
    }
}

extension JobID {
    /// Namespace and app, or actor type and id.
    var owner: String {
        switch target {
        case .app(let appID): "\(namespace)/\(appID)"
        case .actor(let type, let id): "\(namespace)/\(type)/\(id)"
        }
    }
}

extension JobProjection {
    /// The live jobs that match `filter`, in the order of their names.
    func jobs(_ filter: JobFilter) -> [JobID] {
        var jobs: [JobID] = []
        names.forEach { id, _ in
            if filter.contains(id) { jobs.append(id) }
            return true
        }
        return jobs
    }
}
