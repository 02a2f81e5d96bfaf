/// Limits of the tables.
package enum TableLimits {
    /// Rows of one chunk: the most that one copy-on-write copies.
    package static let chunkRowsMax = 128
    /// A chunk with fewer rows is merged with its neighbour.
    package static let chunkRowsMin = 32
    /// Bytes at which a checkpoint's block is closed: the most a writer holds at a time.
    package static let checkpointBlockBytes = 256 << 10
    /// Bytes of the largest block a reader accepts: a full one and the rules of a time zone.
    package static let checkpointBlockBytesMax = 512 << 10
    /// How many earlier schedules rows of a checkpoint can refer to at a time.
    package static let checkpointSchedulesMax = 16_384
    /// Routes or lanes whose memory is kept when they are given up.
    package static let keptSlots = 1_024
    /// How many jumps of the clock are remembered.
    package static let clockMovesMax = 64
}
