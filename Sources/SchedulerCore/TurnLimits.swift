/// Bounds of a turn, of retries and of suspects.
package enum TurnLimits {
    /// Events of one turn.
    package static let turnEventsMax = 1_000
    /// Bytes of payloads and events that the commands of a turn may make durable; a single larger one
    /// is taken alone. A log takes 8 MiB a turn; the rest is for events without texts of callers.
    package static let turnBytesMax = 7 << 20
    /// Maximum number of jobs of one page of a list.
    package static let pageJobsMax = 1_000
    /// When this many jobs have been listed in a turn, further commands wait for the next: reading the
    /// listed jobs delays the writer's triggers.
    static let turnListedMax = 1_000
    /// Upper bound of the bytes of an event's fields of fixed size.
    static let eventFixedBytesMax = 256
    /// Events one input can lead to: an acknowledgement and the end of its job, or the ends of a
    /// namespace's jobs and of its reminders. A command may also record the rules of a zone.
    static let inputEventsMax = 2
    /// A jump of the clock by more than this puts the age of records in doubt, in nanoseconds.
    static let ageJumpMax: Int64 = 3_600 * 1_000_000_000
    /// For how long after it, in nanoseconds.
    static let ageDoubt: Int64 = 24 * 3_600 * 1_000_000_000
    /// Room kept in every turn for `closed`.
    static let closingEvents = 1
    /// Room kept for commands in a turn, so that many due ticks do not starve them.
    static let commandsReserved = 250
    /// Rows of jobs deleted by prefix that one turn frees; the others are left to the turns after it.
    package static let freedRowsMax = 1_000
    /// Ticks of one route that are triggered in a row while others wait.
    static let routeShare = 100
    /// Room kept for due ticks in a turn, so that many reports of receivers do not starve them.
    static let ticksReserved = 100
    /// From this attempt of a tick on, retries are at least a second apart.
    package static let eagerAttemptsMax: UInt32 = 10
    static let patientRetryInterval: Int64 = 1_000_000_000
    /// From this break of a connection in a row on, each is a failed attempt of its tick.
    static let failingBreak: UInt8 = 3
    /// After this many breaks in a row a tick is sent alone, so that the next break is certainly its own.
    static let suspectBreaks: UInt8 = failingBreak - 1
    /// The longest time for which a route drains so that a suspect can be sent alone: 30 s.
    static let drainMax: Int64 = 30_000_000_000
    /// The longest time for which a receiver with a suspect gets nothing else: 30 s.
    static let aloneMax: Int64 = 30_000_000_000
    /// How long a provisional receiver is sent no redeliveries: 1.5 s. A sidecar that did not reach
    /// WatchHosts tries again after a second, and renews its streams of jobs then.
    package static let settlingMax: Int64 = 1_500_000_000
    /// The pause after a turn that could not be stored: 100 ms.
    package static let refusalPause: Int64 = 100_000_000
    /// How long a writer is idle before it records a `frontier`: 10 s.
    package static let frontierInterval: Int64 = 10_000_000_000
}
