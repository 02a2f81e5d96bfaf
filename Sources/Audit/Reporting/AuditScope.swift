// Which part of a history is reported. All of it is judged: whether a tick came when it should rests
// on what was there before. What is about a tick goes by the instant the tick was due, all else by
// when it was recorded; what names no job may concern any, and is always reported.

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

    /// Ticks due, and other things recorded, at `from` or later; of the jobs that `jobs` says, of
    /// all without it.
    package init(from: Timestamp = .earliest, jobs: (@Sendable (JobID) -> Bool)?) {
        self.from = from
        self.jobs = jobs
    }

    /// Whether no job is left out.
    var hasAllJobs: Bool { jobs == nil }

    func selects(_ job: JobID) -> Bool { jobs?(job) ?? true }
}
