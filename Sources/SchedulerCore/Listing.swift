// Lists. A page is decided in a turn, like everything else, so it never shows what a crash could undo.
// The next page begins after the last name of this one, whatever happened to that job meanwhile: jobs
// created or deleted between two pages do not shift the others.

import EventLog
import JobState
import Jobs

extension SchedulerStateMachine {
    /// The first `limit` jobs of `prefix` after `last`, which need not exist any more. A limit that is
    /// out of bounds is clamped.
    func list(
        _ prefix: JobPrefix, after last: JobID?, limit: Int, _ now: Timestamp
    ) -> FoundPage {
        let limit = min(max(limit, 1), TurnLimits.pageJobsMax)
        var jobs: [FoundJob] = []
        var hasMore = false
        let start = [JobID(lowerBound: prefix.key), last.flatMap(JobID.init(behind:))]
            .compactMap(\.self).max()
        projection.names.forEach(from: start) { id, generation in
            guard prefix.contains(id), let job = found(id, generation, now) else { return false }
            hasMore = jobs.count == limit
            if !hasMore { jobs.append(job) }
            return !hasMore
        }
        return FoundPage(prefix: prefix, jobs: jobs, hasMore: hasMore)
    }

    func found(_ id: JobID, _ generation: SequenceNumber, _ now: Timestamp) -> FoundJob? {
        projection.row(of: generation).map { row in
            let isAbsent = !volatile.hasReceivers(projection.route(of: row.lane))
            var triggeredAt: Timestamp?
            if case .inFlight(let trigger) = row.tick.phase {
                triggeredAt = projection.inFlightTrigger(trigger)?.triggeredAt
            }
            return FoundJob(
                id: id, generation: generation,
                status: JobStatus(
                    of: row, in: projection.zones, absentAt: isAbsent ? now : nil,
                    triggeredAt: triggeredAt))
        }
    }
}
