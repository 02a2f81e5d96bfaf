package import EventLog

/// A log opened read-only: beside a live writer, or on a copy, even one on a read-only file system.
///
/// Writes only its slot in LMDB's reader table (`lock.mdb`), without which the writer could reuse
/// pages that are being read. If that table cannot be written, there must be no writer. Each call
/// reads the newest state, in whichever segment it is, and keeps no transaction open.
package struct LMDBReader: LogReader, ~Copyable {
    package var identity: LogID { segments.identity }
    /// When the log was created, by the wall clock.
    package var created: Timestamp { segments.created }
    let segments: Segments
    private let limits: LogLimits

    /// Throws `cannotOpen`, `unknownFormat` or `damaged`.
    package init(
        directory path: String, limits: LogLimits = LogLimits(),
        options: LMDBOptions = LMDBOptions()
    ) throws(LogError) {
        self.init(
            try .forReading(DataDirectory(path: path), mapSize: options.mapSize), limits: limits)
    }

    init(_ segments: Segments, limits: LogLimits) {
        self.segments = segments
        self.limits = limits
    }

    package func origin() -> Seal { segments.origin }

    package func head() throws(LogError) -> Seal { try segments.head() }

    package func read(after sequence: SequenceNumber, limit: Int) throws(LogError) -> LogPage {
        try segments.page(after: sequence, limit: min(limit, limits.readRecordsMax))
    }

    package func payload(of generation: SequenceNumber) throws(LogError) -> [UInt8]? {
        try segments.payload(of: generation)
    }

    package func record(_ sequence: SequenceNumber) throws(LogError) -> [UInt8]? {
        try segments.record(sequence)
    }

    package func kept(
        after sequence: SequenceNumber, limit: Int
    ) throws(LogError) -> [(sequence: SequenceNumber, bytes: [UInt8])] {
        try segments.kept(after: sequence, limit: limit)
    }

    package func state(_ state: BaseState) throws(LogError) -> [UInt8]? {
        try segments.state(state)
    }
}

extension LMDBReader {
    /// The digest of the base on which the log rests; `nil` if it has its beginning.
    package func baseDigest() throws(LogError) -> [UInt8]? { try segments.baseDigest() }

    /// The segments that nothing is written into any more, oldest first.
    package var sealedSegments: [SealedSegment] { segments.sealedSegments }

    /// The file of the base on which the log rests; `nil` if it has its beginning.
    package func baseFile() throws(LogError) -> [UInt8]? { try segments.baseFile() }

    /// How many segments the log has.
    package var segmentCount: Int { segments.count }

    /// The seals after record `sequence`, oldest first, at most `limit` of them; empty when there
    /// are no more. Each has passed its checksum; the digest chain is not checked.
    ///
    /// Throws `damaged` at the first one whose checksum fails.
    package func seals(
        after sequence: SequenceNumber, limit: Int
    ) throws(LogError) -> [Seal] {
        try segments.seals(after: sequence, limit: limit)
    }

    /// The seal of the last turn that ends at or before record `sequence`; the genesis if there is
    /// none.
    package func seal(endingBy sequence: SequenceNumber) throws(LogError) -> Seal {
        try segments.segment(with: sequence).seal(endingBy: sequence)
    }

    /// The first payload, in any segment, behind its last turn, where no turn can have written one.
    package func payloadBehindHead() throws(LogError) -> SequenceNumber? {
        try segments.payloadBehindHead()
    }
}

/// Reads the log of a live writer from any thread of its process.
struct LMDBSideReader: LogReader, Sendable {
    let segments: Segments
    let limits: LogLimits

    var identity: LogID { segments.identity }

    func origin() -> Seal { segments.origin }

    func head() throws(LogError) -> Seal { try segments.head() }

    func read(after sequence: SequenceNumber, limit: Int) throws(LogError) -> LogPage {
        try segments.page(after: sequence, limit: min(limit, limits.readRecordsMax))
    }

    func payload(of generation: SequenceNumber) throws(LogError) -> [UInt8]? {
        try segments.payload(of: generation)
    }

    func record(_ sequence: SequenceNumber) throws(LogError) -> [UInt8]? {
        try segments.record(sequence)
    }

    func kept(
        after sequence: SequenceNumber, limit: Int
    ) throws(LogError) -> [(sequence: SequenceNumber, bytes: [UInt8])] {
        try segments.kept(after: sequence, limit: limit)
    }

    func state(_ state: BaseState) throws(LogError) -> [UInt8]? { try segments.state(state) }
}
