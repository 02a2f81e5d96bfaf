// Calls of the scheduler used by both services.

import Jobs
import Scheduler
import SchedulerCore

extension Scheduler {
    /// All jobs of `prefix`, in the order of their names. Read in pages: jobs created or deleted
    /// meanwhile may or may not be included.
    func jobs(of prefix: JobPrefix) async throws(Rejection) -> [StoredJob] {
        var jobs: [StoredJob] = []
        while true {
            let page = try await list(
                prefix, after: jobs.last?.definition.id, limit: TurnLimits.pageJobsMax)
            jobs += page.jobs.map(\.job)
            if !page.hasMore || page.jobs.isEmpty { return jobs }
        }
    }
}
