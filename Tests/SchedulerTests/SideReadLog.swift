import EventLog

/// A log in memory whose side readers behave as with a slow or damaged disk.
struct SideReadLog: EventLog, ~Copyable {
    typealias Reader = any LogReader & Sendable

    private var log: MemoryLog
    private let reader: @Sendable (Reader) -> Reader

    /// `reader` wraps the working side reader.
    init(_ storage: MemoryStorage, reader: @escaping @Sendable (Reader) -> Reader) {
        log = MemoryLog(acquiring: storage)
        self.reader = reader
    }

    var identity: LogID { log.identity }
    var limits: LogLimits { log.limits }
    func head() -> Seal { log.head() }

    func read(after sequence: SequenceNumber, limit: Int) -> LogPage {
        log.read(after: sequence, limit: limit)
    }

    func payload(of generation: SequenceNumber) -> [UInt8]? { log.payload(of: generation) }

    mutating func append(_ turn: borrowing Turn, after head: SequenceNumber) throws(LogError)
        -> Seal
    { try log.append(turn, after: head) }

    mutating func space() -> Space { log.space() }
    func sideReader() -> Reader { reader(log.sideReader()) }
}
