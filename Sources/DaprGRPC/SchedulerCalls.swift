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
            let command = Command.list(
                prefix, after: jobs.last?.definition.id, limit: SchedulerCore.Limits.pageJobsMax)
            let response = try await accepted(command)
            guard case .listed(let page) = response else { preconditionFailure("\(response)") }
            jobs += page.jobs.map(\.job)
            if !page.hasMore || page.jobs.isEmpty { return jobs }
        }
    }

    /// The response, unless it is a rejection.
    func accepted(_ command: Command) async throws(Rejection) -> Response {
        let response = await submit(command)
        if case .failure(let rejection) = response.done { throw rejection }
        return response
    }
}

extension Response {
    /// Whether the command was carried out, or why not.
    var done: Result<Void, Rejection> {
        if case .rejected(let rejection) = self { .failure(rejection) } else { .success(()) }
    }
}
