enum RetentionLimits {
    /// Records read at once.
    static let pageRecords = 1_000
    /// Bytes of a base written in one transaction.
    static let batchBytes = 4 << 20
    /// Between two removals, and between two looks.
    static let pause = Duration.seconds(60)
    /// After a time without a writer that is longer than this part of what is kept, the clock may be wrong:
    static let gapShare = 10
    /// nothing is removed for so long.
    static let quiet = Duration.seconds(24 * 3_600)
}
