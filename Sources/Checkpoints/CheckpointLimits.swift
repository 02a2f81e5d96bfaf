/// Limits of reading and writing checkpoints.
enum CheckpointLimits {
    /// Bytes read at once.
    static let blockBytes = 1 << 18
    /// Bytes written between two syncs.
    static let syncBytes = 4 << 20
    /// Bytes that must be free while a checkpoint is written: four times what the log needs to
    /// accept jobs.
    static let roomBytes: UInt64 = 256 << 20
    /// The pause after each block, in microseconds: at most about 60 MB/s.
    static let blockPause: UInt32 = 4_000
}
