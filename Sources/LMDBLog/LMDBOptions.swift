// How a log is opened.

/// How a log is opened. The defaults are for serving; tests use smaller values.
package struct LMDBOptions: Sendable {
    /// Address space to reserve, in bytes; the log cannot outgrow it while open. Unused address
    /// space costs nothing.
    package var mapSize = 1 << 40
    package var thresholds = SpaceThresholds()
    /// The shortest interval between two searches for dead readers by appends.
    package var readerCheckInterval = Duration.seconds(60)
    /// Bytes a copy reads and writes in one transaction; a larger turn gets a transaction to
    /// itself. A copy uses a few times as much memory.
    package var copyBytes = 16 << 20
    /// Whether missing directories above the data directory are made too.
    package var makesParents = false
    /// A segment of so many bytes, or whose first turn is so long ago, is sealed, and the next turn
    /// begins another one.
    package var segmentBytes = 1 << 30
    package var segmentAge = Duration.seconds(24 * 3600)
    /// A segment that could not be begun is tried again after so long.
    package var rotationRetry = Duration.seconds(60)

    package init() {}
}
