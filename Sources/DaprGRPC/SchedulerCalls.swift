// What both services ask of the scheduler alike.

import Jobs
import Scheduler
import SchedulerCore

extension Scheduler {
    /// All jobs of `prefix`, in the order of their names. Read in pages: what comes or goes meanwhile
    /// may or may not be among them.
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
