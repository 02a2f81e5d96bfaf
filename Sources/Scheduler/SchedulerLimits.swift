/// Bounds of the shell.
package enum SchedulerLimits {
    /// Commands that may wait for a turn; any more are refused at once.
    package static let waitingCommandsMax = 16_384
    /// Bytes of payloads that may wait for a turn.
    package static let waitingBytesMax = 256 << 20
    /// Bytes of payloads at which a page of a list ends early.
    package static let pageBytesMax = 4 << 20
    /// What reads may load between two turns, in bytes: a few milliseconds.
    static let readCostOfATurn = 1 << 20
    /// The cost of reading a job in addition to its payload, in bytes: the time of a few lookups.
    static let readCostOfAJob = 4 << 10
    /// Records that are read back from a job's last event for its last outcome and what the app said
    /// of it.
    static let lastOutcomeRecords = 64
    /// How long a stopping writer waits for triggers in flight: 5 s in nanoseconds.
    package static let drainDuration: Int64 = 5_000_000_000
    /// How long closing the log is retried on a full disk: 1 s in nanoseconds.
    static let closeDuration: Int64 = 1_000_000_000
    /// The longest sleep of the writer: the wall clock may jump while it sleeps. 1 s in
    /// nanoseconds.
    static let sleepMax: Int64 = 1_000_000_000
    /// How often free space is measured: 250 ms in nanoseconds.
    static let spaceInterval: Int64 = 250_000_000
    /// How often the readers of the log are looked at: 10 s in nanoseconds.
    package static let readersInterval: Int64 = 10_000_000_000
    /// A reader that has looked at one state for longer than this is told of: 60 s in nanoseconds.
    package static let readerPatience: Int64 = 60_000_000_000
    /// How often triggers in flight are looked at: 10 s in nanoseconds.
    static let inFlightInterval: Int64 = 10_000_000_000
    /// A trigger in flight for longer than this is named: 1 h in nanoseconds.
    package static let inFlightPatience: Int64 = 3_600_000_000_000
    /// A writer that has shown no progress for this long hangs: 30 s in nanoseconds.
    package static let silenceMax: Int64 = 30_000_000_000
    /// How often the state is sampled for gauges: 1 s in nanoseconds.
    static let gaugeInterval: Int64 = 1_000_000_000
    /// Apps with series of their own in metrics; the others are summed.
    package static let labelledAppsMax = 100
    /// Records that the writer checks at a time in the background: a fraction of a millisecond.
    static let scrubRecords = 1_000
    /// The pause between two such checks of an idle writer: 2 ms in nanoseconds.
    static let scrubPause: Int64 = 2_000_000
    /// The longest time between two such checks of a busy writer: 1 s in nanoseconds.
    static let scrubInterval: Int64 = 1_000_000_000
    /// The polling interval while a checkpoint is cancelled: 1 ms in nanoseconds.
    static let checkpointStopPause: Int64 = 1_000_000
    /// Events of one part of a history, and outcomes of one part of a list of them.
    static let historyEventsMax = 1_000
    /// Bytes of events, as stored, at which a part of a history ends early.
    package static let historyBytesMax = 4 << 20
    /// Records that are examined for one part of a history: some tenths of a second.
    package static let historyRecords = 200_000
    /// Records of one read for a history; each read is one transaction of LMDB.
    package static let historyPageRecords = 5_000
    /// Histories read at the same time; each uses a thread and one of LMDB's 126 readers.
    static let historyThreadsMax = 2
    /// Requests for histories that may wait; any more are refused at once.
    package static let waitingHistoriesMax = 64
    /// How often a failing read for a history is tried.
    static let historyAttempts = 3
    /// The polling interval while histories are cancelled: 1 ms in nanoseconds.
    static let historyStopPause: Int64 = 1_000_000
    /// Records a boot reads at once.
    package static let bootPageRecords = 2_000
    /// Pages of a boot that may wait to be folded.
    package static let bootPagesAhead = 2
}
