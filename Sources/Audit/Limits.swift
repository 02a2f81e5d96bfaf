/// Bounds of what an audit keeps. What exceeds them is only counted.
package struct AuditLimits: Sendable, Equatable {
    /// Findings a report lists.
    package var findingsMax = 1_000
    /// Possible duplicates a report lists.
    package var possibleDuplicatesMax = 10_000
    /// Pending ticks a report lists.
    package var pendingTicksMax = 1_000
    /// Late triggers a report lists.
    package var lateTriggersMax = 1_000
    /// Apps whose ticks a report counts separately.
    package var appsMax = 1_000
    /// Writers a report lists.
    package var writersMax = 1_000
    /// Outages of each kind a report lists.
    package var outagesMax = 1_000
    /// Timed-out triggers remembered for a late answer. When there are more, all are forgotten, and a late
    /// answer to one of them is accepted.
    package var timedOutTriggersMax = 100_000
    /// Records read from a log at once.
    package var pageRecordsMax = 1_000

    /// An idle writer records something every 10 s; a pause longer than this is a silence.
    package static let pauseMax: Int64 = 15_000_000_000

    package init() {}
}
