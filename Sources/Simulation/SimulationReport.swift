package import Audit

package struct SimulationReport: Sendable {
    package struct Counts: Sendable {
        package var turns = 0
        package var crashes = 0
        package var refusals = 0
        package var outages = 0
        package var deliveries = 0
    }

    package let seed: UInt64
    package let counts: Counts
    package let audit: AuditReport
    /// Keys that reached an app more than once.
    package let repeatedKeys: Int
    /// What must never be; empty in a good run.
    package let violations: [String]
}
