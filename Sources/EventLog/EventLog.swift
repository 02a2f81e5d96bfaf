// What a durable log promises. Two implementations live today: `MemoryLog` here and `LMDBLog`. A
// replicated one fits behind the same methods.

/// Reads of a log, acquired or not. Everything returned was durable when it was read and passed its
/// checksum.
package protocol LogReader: SendableMetatype, ~Copyable {
    var identity: LogID { get }

    /// The last seal; `Seal.genesis` when nothing was ever appended.
    func head() throws(LogError) -> Seal

    /// The records after `sequence`, oldest first, at most `limit` of them (and never more than
    /// `LogLimits.readRecordsMax`), with every seal that closes one of them. Empty at the head.
    ///
    /// Throws `damaged` at the first record whose checksum fails or whose number is missing.
    func read(after sequence: SequenceNumber, limit: Int) throws(LogError) -> LogPage

    /// The payload stored for `generation`, or `nil` if the job has none. Throws `damaged` if its
    /// checksum fails.
    func payload(of generation: SequenceNumber) throws(LogError) -> [UInt8]?
}

/// An acquired log: whoever holds the value is the writer, and stops being it when the value goes.
///
/// Opening is acquiring: an implementation's initialiser takes the lease (for LMDB, an exclusive
/// lock), checks what is there, and only then returns. The value is neither copyable nor sendable:
/// it lives and dies on the writer's own thread. The lease gives liveness; `append(_:after:)` gives
/// safety.
package protocol EventLog: LogReader, ~Copyable {
    var limits: LogLimits { get }

    /// Makes `turn` durable as a whole, or throws.
    ///
    /// `turn.records.first` must be `head.next` and the turn must keep to `limits` (a precondition:
    /// the writer splits). After return the turn survives any crash. After `notStored` the log is
    /// exactly as it was. After `superseded` nothing was written. After `broken` the outcome is
    /// unknown and nothing may be answered.
    mutating func append(_ turn: borrowing Turn, after head: SequenceNumber) throws(LogError)
        -> Seal

    /// How much room there is for more, measured now.
    mutating func space() throws(LogError) -> Space

    /// A reader of this log for other threads of the process. It sees what is durable when it reads,
    /// holds up no append, and keeps the log open: give it up before the log is to be closed.
    func sideReader() -> any LogReader & Sendable
}

/// Some records in order and the seals that close turns among them.
package struct LogPage: Sendable, Equatable {
    package var records: RecordBatch
    package var seals: [Seal]

    package init(records: RecordBatch, seals: [Seal]) {
        self.records = records
        self.seals = seals
    }
}

/// How much room the log has.
package enum Space: Sendable, Equatable, Comparable {
    /// Too little even to trigger: only answers and deletes are recorded.
    case critical
    /// Too little to accept new jobs.
    case low
    case ample
}
