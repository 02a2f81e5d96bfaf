// What a durable log guarantees. There are two implementations: `MemoryLog` here and `LMDBLog`. A
// replicated log could implement the same methods.

/// Reads of a log, acquired or not. Everything returned was durable when it was read and passed its
/// checksum.
package protocol LogReader: SendableMetatype, ~Copyable {
    var identity: LogID { get }

    /// The seal that the first record continues: `Seal.genesis`, unless the beginning of the log has
    /// been removed.
    func origin() throws(LogError) -> Seal

    /// The last seal; `Seal.genesis` when nothing was ever appended.
    func head() throws(LogError) -> Seal

    /// The records after `sequence`, oldest first, at most `limit` of them (and never more than
    /// `LogLimits.readRecordsMax`), with every seal that closes one of them. Empty at the head.
    ///
    /// Throws `damaged` at the first record whose checksum fails or whose number is missing, and
    /// `cannotOpen` if `sequence` is before the origin.
    func read(after sequence: SequenceNumber, limit: Int) throws(LogError) -> LogPage

    /// The payload stored for `generation`, or `nil` if the job has none. Throws `damaged` if its
    /// checksum fails.
    func payload(of generation: SequenceNumber) throws(LogError) -> [UInt8]?

    /// The bytes of record `sequence`; `nil` if there is none. Of the records before the origin only
    /// those are there on which what follows rests.
    func record(_ sequence: SequenceNumber) throws(LogError) -> [UInt8]?

    /// The records before the origin that are still there, after `sequence`, oldest first, at most
    /// `limit`.
    func kept(
        after sequence: SequenceNumber, limit: Int
    ) throws(LogError) -> [(sequence: SequenceNumber, bytes: [UInt8])]

    /// What a reader has to know at the origin; `nil` if that is the beginning of the log.
    func state(_ state: BaseState) throws(LogError) -> [UInt8]?
}

extension LogReader where Self: ~Copyable {
    package func origin() throws(LogError) -> Seal { .genesis(of: identity) }

    package func record(_ sequence: SequenceNumber) throws(LogError) -> [UInt8]? {
        guard sequence > .zero else { return nil }
        let records = try read(after: SequenceNumber(sequence.rawValue - 1), limit: 1).records
        return records.isEmpty ? nil : records.bytes
    }

    package func kept(
        after sequence: SequenceNumber, limit: Int
    ) throws(LogError) -> [(sequence: SequenceNumber, bytes: [UInt8])] { [] }

    package func state(_ state: BaseState) throws(LogError) -> [UInt8]? { nil }
}

/// What different readers have to know of what was before the first record of a log.
package enum BaseState: UInt64, Sendable, CaseIterable {
    /// The state of the fold, as a checkpoint.
    case projection = 1
    /// The state of an auditor.
    case audit = 2
}

/// An acquired log: the holder of the value is the writer until the value is destroyed.
///
/// Opening a log acquires it: an implementation's initialiser takes the lease (for LMDB, an
/// exclusive lock), checks the stored data, and only then returns. The value is neither copyable
/// nor sendable: it stays on the writer's own thread. The lease gives liveness; `append(_:after:)`
/// gives safety.
package protocol EventLog: LogReader, ~Copyable {
    var limits: LogLimits { get }

    /// Makes `turn` durable as a whole, or throws.
    ///
    /// `turn.records.first` must be `head.next` and the turn must be within `limits` (a
    /// precondition: the writer splits larger ones). After return the turn survives any crash.
    /// After `notStored` the log is exactly as it was. After `superseded` nothing was written.
    /// After `broken` the outcome is unknown and no answer may be sent.
    mutating func append(_ turn: borrowing Turn, after head: SequenceNumber) throws(LogError)
        -> Seal

    /// How much space is left, measured now.
    mutating func space() throws(LogError) -> Space

    /// The reader of another process that looks at the oldest state; `nil` if there is none, or all look at the last.
    var oldestReader: HeldReader? { get }

    /// Why the log could not begin another segment when it was due, if it goes on in the one it has for
    /// that reason. Nothing is lost; what is kept for ever grows.
    var rotationFailure: String? { get }

    /// A reader of this log for other threads of the process. It sees what is durable when it
    /// reads, never blocks an append, and keeps the log open: release it before the log is to be
    /// closed.
    func sideReader() -> any LogReader & Sendable
}

extension EventLog where Self: ~Copyable {
    package var oldestReader: HeldReader? { nil }
    package var rotationFailure: String? { nil }
}

/// Consecutive records, and the seals of the turns that end among them.
package struct LogPage: Sendable, Equatable {
    package var records: RecordBatch
    package var seals: [Seal]

    package init(records: RecordBatch, seals: [Seal]) {
        self.records = records
        self.seals = seals
    }
}

/// How much space the log has left.
package enum Space: Sendable, Equatable, Comparable {
    /// Too little even for triggers: only answers and deletes are recorded.
    case critical
    /// Too little to accept new jobs.
    case low
    case ample
}
