/// Bounds of the shell.
package enum Limits {
    /// Commands that may wait for a turn; more are refused at once.
    package static let waitingCommandsMax = 16_384
    /// Bytes of payloads that may wait for a turn.
    package static let waitingBytesMax = 256 << 20
    /// How long a stopping writer waits for triggers in flight: 5 s in nanoseconds.
    package static let drainDuration: Int64 = 5_000_000_000
    /// How long closing the log is tried on a full disk: 1 s in nanoseconds.
    static let closeDuration: Int64 = 1_000_000_000
    /// The longest sleep of the writer: the wall clock may jump while it sleeps. 1 s in
    /// nanoseconds.
    static let sleepMax: Int64 = 1_000_000_000
    /// A wall clock that moved this much against the monotonic one has jumped: 1 s in nanoseconds.
    static let clockJump: Int64 = 1_000_000_000
    /// How long the writer rests after a turn that could not be stored: 100 ms in nanoseconds.
    static let refusalPause: Int64 = 100_000_000
    /// How often free space is measured: 250 ms in nanoseconds.
    static let spaceInterval: Int64 = 250_000_000
    /// Records a boot reads at once.
    static let bootPageRecords = 10_000
}
