/// Limits of settings.
enum SettingLimits {
    /// Apps of one process: each has a listener of its own.
    static let appsMax = 100
    /// Replicas of one app.
    static let addressesMax = 100
    /// Triggers an app may have in flight at once.
    static let windowMax = 1_000
    /// Tokens accepted by one jobs API: the current one and its successor.
    static let tokensMax = 2
    static let tokenBytesMax = 4_096
    /// Records from one checkpoint to the next.
    static let checkpointIntervals = 100...1_000_000_000
    static let clockJumps = Duration.seconds(1)...Duration.seconds(8_760 * 3_600)
    /// Bytes of the largest request body that can be configured.
    static let bodyBytes = 1...(8 << 20)
    /// Of a segment of the log, and its age.
    static let segmentBytes = (64 << 10)...(512 << 30)
    static let segmentAges = Duration.seconds(60)...Duration.seconds(8_760 * 3_600)
    /// For how long records are kept, and how many bytes of them.
    static let retain = Duration.seconds(60)...Duration.seconds(36_500 * 24 * 3_600)
    static let retainBytes = (128 << 10)...(1 << 50)
    /// The longest timeout, one year.
    static let timeoutMax = Duration.seconds(365 * 24 * 3_600)
}
