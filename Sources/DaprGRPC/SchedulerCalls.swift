// Calls of the scheduler used by both services.

import Jobs
import Listeners
import Scheduler
import SchedulerCore

extension Scheduler {
    /// What `shown` makes of all jobs of `prefix`, in the order of their names. Read in pages: jobs created
    /// or deleted meanwhile may or may not be included.
    func list<Shown>(
        _ prefix: JobPrefix, as shown: (StoredJob) -> Shown
    ) async throws(Rejection) -> [Shown] {
        try await LongAnswers.shared.make { () throws(Rejection) in
            try await jobs(of: prefix).map(shown)
        }
    }

    private func jobs(of prefix: JobPrefix) async throws(Rejection) -> [StoredJob] {
        var jobs: [StoredJob] = []
        while true {
            let page = try await list(
                prefix, after: jobs.last?.definition.id, limit: TurnLimits.pageJobsMax)
            jobs += page.jobs.map(\.job)
            if !page.hasMore || page.jobs.isEmpty { return jobs }
        }
    }
}
