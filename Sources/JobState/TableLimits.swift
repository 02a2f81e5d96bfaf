/// Bounds of the tables.
package enum TableLimits {
    /// Rows of one chunk: what a copy-on-write costs at most.
    package static let chunkRowsMax = 128
    /// Below this a chunk is joined with its neighbour.
    package static let chunkRowsMin = 32
    /// Bytes of a checkpoint's block when it is closed: what a writer holds at a time.
    package static let checkpointBlockBytes = 256 << 10
    /// Bytes of the largest block a reader takes: a full one, and the rules of a time zone.
    package static let checkpointBlockBytesMax = 512 << 10
    /// Schedules that rows of a checkpoint can refer to at a time.
    package static let checkpointSchedulesMax = 16_384
}
