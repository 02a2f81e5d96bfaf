import EventLog
import Jobs

/// One simulated story: everything that happens follows from the seed and the length.
package struct SimulationOptions: Sendable {
    package var seed: UInt64
    /// How long clients act and faults strike, in seconds of virtual time. Ten calm minutes follow,
    /// so that what is due ends.
    package var seconds: Int64
    package var apps = 3
    /// Hosts of the one actor type: streams of one route.
    package var actorHosts = 2
    /// In one of so many stories there are thousands of jobs instead of a few.
    package var runsPerCrowd = 20
    /// A story longer than this, in seconds, has tides: short rushes as dense as a short story,
    /// and between them long quiet times in which everything takes `quietPace` times as long.
    package var rushOnlyMax: Int64 = 3_600
    /// Mean length of a rush, in nanoseconds.
    package var rushInterval: Int64 = 420_000_000_000
    /// Mean length of a quiet time, in nanoseconds.
    package var quietInterval: Int64 = 4 * 3_600_000_000_000
    package var quietPace: Int64 = 40
    /// In one of so many boots what a checkpoint says is compared with the whole log.
    package var bootsPerComparison = 24
    /// Mean time between commands, in nanoseconds.
    package var commandInterval: Int64 = 4_000_000_000
    /// A process dies in one of so many turns.
    package var turnsPerCrash = 60
    /// An append is refused in one of so many turns.
    package var turnsPerRefusal = 80
    /// An append ends without saying whether the turn is stored in one of so many turns.
    package var turnsPerUnknownOutcome = 200
    /// The state is written to a checkpoint in one of so many turns.
    package var turnsPerCheckpoint = 50
    /// Mean time a steady app stays as it is, in nanoseconds; a flapping one changes ten times as
    /// often.
    package var appInterval: Int64 = 60_000_000_000
    /// Mean time between changes of the limits of concurrency, in nanoseconds.
    package var limitInterval: Int64 = 20_000_000_000
    /// Mean time between changes of the room on the disk, in nanoseconds.
    package var diskInterval: Int64 = 60_000_000_000
    /// Mean time between jumps of the wall clock, in nanoseconds.
    package var clockInterval: Int64 = 200_000_000_000
    /// Mean time between clean shutdowns, in nanoseconds.
    package var shutdownInterval: Int64 = 300_000_000_000
    /// Mean time between stalls of the process, in nanoseconds.
    package var stallInterval: Int64 = 300_000_000_000
    /// Mean time until another process takes the log from one that lives, in nanoseconds.
    package var takeoverInterval: Int64 = 600_000_000_000
    /// A reply to a client gets lost once in so many.
    package var repliesPerLoss = 100

    /// As long as a story is that is all rush: half an hour.
    package static let rushSeconds: Int64 = 1_800
    /// As long as a story is that has tides and midnights.
    package static let daySeconds: Int64 = 86_400

    package init(seed: UInt64, seconds: Int64 = rushSeconds) {
        self.seed = seed
        self.seconds = seconds
    }

    static let start = Timestamp(seconds: 1_800_000_000)
}
