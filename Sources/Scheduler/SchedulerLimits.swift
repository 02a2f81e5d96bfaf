/// Bounds of the shell.
package enum SchedulerLimits {
    /// Commands that may wait for a turn; more are refused at once.
    package static let waitingCommandsMax = 16_384
    /// Bytes of payloads that may wait for a turn.
    package static let waitingBytesMax = 256 << 20
    /// Bytes of payloads after which a page of a list ends early.
    package static let pageBytesMax = 4 << 20
    /// What reads may load between two turns, in bytes: a few milliseconds.
    static let readCostOfATurn = 1 << 20
    /// What a job costs to read back beside its payload, in bytes: the time of two lookups.
    static let readCostOfAJob = 2 << 10
    /// How long a stopping writer waits for triggers in flight: 5 s in nanoseconds.
    package static let drainDuration: Int64 = 5_000_000_000
    /// How long closing the log is tried on a full disk: 1 s in nanoseconds.
    static let closeDuration: Int64 = 1_000_000_000
    /// The longest sleep of the writer: the wall clock may jump while it sleeps. 1 s in
    /// nanoseconds.
    static let sleepMax: Int64 = 1_000_000_000
    /// A wall clock that moved this much against the monotonic one has jumped: 1 s in nanoseconds.
    static let clockJump: Int64 = 1_000_000_000
    /// How often free space is measured: 250 ms in nanoseconds.
    static let spaceInterval: Int64 = 250_000_000
    /// A writer of which nothing was seen for so long hangs: 30 s in nanoseconds.
    package static let silenceMax: Int64 = 30_000_000_000
    /// How often the state is looked at for gauges: 1 s in nanoseconds.
    static let gaugeInterval: Int64 = 1_000_000_000
    /// Apps whose names stand in metrics; what the others come to is summed.
    package static let labelledAppsMax = 100
    /// Records checked at a time beside the writer's work, a fraction of a millisecond's.
    static let scrubRecords = 1_000
    /// The rest between two such checks when there is nothing else to do: 2 ms in nanoseconds.
    static let scrubPause: Int64 = 2_000_000
    /// How long that work waits at most for a moment with nothing else to do: 1 s in nanoseconds.
    static let scrubInterval: Int64 = 1_000_000_000
    /// How often it is looked whether a checkpoint has been given up: 1 ms in nanoseconds.
    static let checkpointStopPause: Int64 = 1_000_000
    /// Events of one part of a history.
    static let historyEventsMax = 1_000
    /// Bytes of events, as stored, after which a part of a history ends early.
    package static let historyBytesMax = 4 << 20
    /// Records that are looked at for one part of a history: some tenths of a second.
    package static let historyRecords = 200_000
    /// Records of one read for a history; a transaction of LMDB lives as long.
    package static let historyPageRecords = 5_000
    /// Histories read at the same time; each has a thread and a reader of LMDB's 126.
    static let historyThreadsMax = 2
    /// Wishes for histories that may wait; more are refused at once.
    package static let waitingHistoriesMax = 64
    /// How often a read for a history is tried.
    static let historyAttempts = 3
    /// How often it is looked whether histories have been given up: 1 ms in nanoseconds.
    static let historyStopPause: Int64 = 1_000_000
    /// Records a boot reads at once.
    package static let bootPageRecords = 2_000
    /// Such pages that may wait to be folded.
    package static let bootPagesAhead = 2
}
