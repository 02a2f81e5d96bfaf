/// Bounds of what can be set.
enum SettingLimits {
    /// Apps of one process: each has a listener of its own.
    static let appsMax = 100
    /// Replicas of one app.
    static let addressesMax = 100
    /// Triggers an app may be asked to hold at once.
    static let windowMax = 1_000
    /// Tokens that open one jobs API: the one in use and the one that follows it.
    static let tokensMax = 2
    static let tokenBytesMax = 4_096
    /// Records from one checkpoint to the next.
    static let checkpointIntervals = 100...1_000_000_000
    /// A request's body, whatever is configured.
    static let bodyBytesMax = 8 << 20
    /// A year: longer is no timeout.
    static let timeoutMax = Duration.seconds(365 * 24 * 3_600)
}
