import EventLog
import Jobs

/// The options of one simulated run: everything that happens follows from the seed and the length.
package struct SimulationOptions: Sendable {
    package var seed: UInt64
    /// How long clients act and faults strike, in seconds of virtual time. Ten calm minutes follow, so
    /// that everything due can finish.
    package var seconds: Int64
    package var apps = 3
    /// Hosts of the one actor type: streams of one route.
    package var actorHosts = 2
    /// One run in this many has thousands of jobs instead of a few.
    package var runsPerCrowd = 20
    /// A run longer than this, in seconds, has load phases: short rushes as dense as a short run, and
    /// between them long quiet phases in which everything takes `quietPace` times as long.
    package var rushOnlyMax: Int64 = 3_600
    /// Mean length of a rush, in nanoseconds.
    package var rushInterval: Int64 = 420_000_000_000
    /// Mean length of a quiet phase, in nanoseconds.
    package var quietInterval: Int64 = 4 * 3_600_000_000_000
    package var quietPace: Int64 = 40
    /// One boot in this many compares its checkpoint with the whole log.
    package var bootsPerComparison = 24
    /// Mean time between commands, in nanoseconds.
    package var commandInterval: Int64 = 4_000_000_000
    /// The process dies in one turn in this many.
    package var turnsPerCrash = 60
    /// One append in this many is refused.
    package var turnsPerRefusal = 80
    /// One append in this many fails without saying whether the turn is stored.
    package var turnsPerUnknownOutcome = 200
    /// A checkpoint is written in one turn in this many.
    package var turnsPerCheckpoint = 50
    /// Mean time that a steady app stays up or down, in nanoseconds; a flapping one changes ten times as
    /// often.
    package var appInterval: Int64 = 60_000_000_000
    /// Mean time between changes of the limits of concurrency, in nanoseconds.
    package var limitInterval: Int64 = 20_000_000_000
    /// Mean time between changes of the free disk space, in nanoseconds.
    package var diskInterval: Int64 = 60_000_000_000
    /// Mean time between jumps of the wall clock, in nanoseconds.
    package var clockInterval: Int64 = 200_000_000_000
    /// Mean time between clean shutdowns, in nanoseconds.
    package var shutdownInterval: Int64 = 300_000_000_000
    /// Mean time between stalls of the process, in nanoseconds.
    package var stallInterval: Int64 = 300_000_000_000
    /// Mean time between takeovers of the log by another process, in nanoseconds.
    package var takeoverInterval: Int64 = 600_000_000_000
    /// One reply to a client in this many is lost.
    package var repliesPerLoss = 100

    /// The length of a run that is one rush: half an hour.
    package static let rushSeconds: Int64 = 1_800
    /// The length of a run that has load phases and midnights: a day.
    package static let daySeconds: Int64 = 86_400

    package init(seed: UInt64, seconds: Int64 = rushSeconds) {
        self.seed = seed
        self.seconds = seconds
    }

    static let start = Timestamp(seconds: 1_800_000_000)
}
