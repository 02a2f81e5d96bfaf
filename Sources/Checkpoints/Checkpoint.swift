package import EventLog
package import JobState

/// All live jobs as of one seal of one log.
package struct Checkpoint: Sendable {
    package let projection: JobProjection
    /// The turn it was taken at: `projection` is the state of the log up to there.
    package let seal: Seal
    package let log: LogID

    package init(projection: JobProjection, seal: Seal, log: LogID) {
        self.projection = projection
        self.seal = seal
        self.log = log
    }
}
