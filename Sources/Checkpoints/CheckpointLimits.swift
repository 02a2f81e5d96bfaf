/// Bounds of reading and writing checkpoints.
enum CheckpointLimits {
    /// Bytes read at once.
    static let blockBytes = 1 << 18
    /// Bytes written between two syncs.
    static let syncBytes = 4 << 20
    /// What must be free while a checkpoint is written: four times what the log needs to take jobs.
    static let roomBytes: UInt64 = 256 << 20
    /// The rest after each block, in microseconds: some 60 MB/s at most.
    static let blockPause: UInt32 = 4_000
}
