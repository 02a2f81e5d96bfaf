import EventLog
package import Jobs

/// One simulated story: everything that happens follows from the seed.
package struct SimulationOptions: Sendable {
    package var seed: UInt64
    /// How long clients act and faults strike, in seconds of virtual time. Ten calm minutes follow,
    /// so that what is due ends.
    package var seconds: Int64
    package var apps = 3
    /// Mean time between commands, in nanoseconds.
    package var commandInterval: Int64 = 4_000_000_000
    /// A process dies in one of so many turns.
    package var turnsPerCrash = 60
    /// An append is refused in one of so many turns.
    package var turnsPerRefusal = 80
    /// What the machine's zone database may say of `zone` when a process starts; each start finds
    /// one of them. Some jobs are scheduled there if there are any.
    package var zoneRules: [ZoneRules] = []
    /// Mean time an app stays as it is, in nanoseconds.
    package var appInterval: Int64 = 60_000_000_000

    package init(seed: UInt64, seconds: Int64 = 1_800) {
        self.seed = seed
        self.seconds = seconds
    }

    /// The time zone of the story.
    package static let zone = "Simulated/City"

    static let start = Timestamp(seconds: 1_800_000_000)
}
