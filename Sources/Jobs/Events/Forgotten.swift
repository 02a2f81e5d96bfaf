package import EventLog

/// What is known of the beginning of a log after it has been removed.
package struct Forgotten: Equatable, Sendable {
    package static let digestSize = 32

    /// The last record that is removed: the end of a segment.
    package var through: SequenceNumber
    /// The digest of the seal there, so that a head that was noted then can still be checked.
    package var digest: [UInt8]
    /// The digest of the base on which the log rests from then on.
    package var baseDigest: [UInt8]
    /// Where the segment that ends there is kept; `nil` if it is not.
    package var archive: Archive?

    /// A file in an archive.
    package struct Archive: Equatable, Sendable {
        package var name: String
        /// SHA-256 of the file.
        package var digest: [UInt8]

        package init(name: String, digest: [UInt8]) {
            self.name = name
            self.digest = digest
        }
    }

    /// All digests have `digestSize` bytes.
    package init(
        through: SequenceNumber, digest: [UInt8], baseDigest: [UInt8], archive: Archive? = nil
    ) {
        self.through = through
        self.digest = digest
        self.baseDigest = baseDigest
        self.archive = archive
    }
}
