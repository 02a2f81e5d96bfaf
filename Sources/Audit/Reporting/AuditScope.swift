// Which part of a history is reported. All of it is judged, because whether a tick came in time depends on
// what happened before. Reports about a tick are selected by its due time, all others by when they were
// recorded. What names no job may concern any job, and is always reported.

package import EventLog
package import Jobs

package struct AuditScope: Sendable {
    let from: Timestamp
    private let jobs: (@Sendable (JobID) -> Bool)?

    /// All of a history.
    package init() {
        from = .earliest
        jobs = nil
    }

    /// Ticks due and events recorded at `from` or later, for the jobs that `jobs` selects, or for all jobs
    /// if it is `nil`.
    package init(from: Timestamp = .earliest, jobs: (@Sendable (JobID) -> Bool)?) {
        self.from = from
        self.jobs = jobs
    }

    /// Whether all jobs are reported.
    var hasAllJobs: Bool { jobs == nil }

    func selects(_ job: JobID) -> Bool { jobs?(job) ?? true }
}
