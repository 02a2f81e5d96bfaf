/// Bounds of the tables.
package enum Limits {
    /// Rows of one chunk: what a copy-on-write costs at most.
    package static let chunkRowsMax = 128
    /// Below this a chunk is joined with its neighbour.
    package static let chunkRowsMin = 32
}
