import EventLog
import Glibc

/// A gate that threads wait at while it is closed.
// Safe because `isOpen` is touched only under `mutex`, except by `init`, which no other thread sees.
final class Gate: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var isOpen: Bool

    init(isOpen: Bool) {
        self.isOpen = isOpen
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(condition, nil)
    }

    deinit {
        mutex.deallocate()
        condition.deallocate()
    }

    func set(isOpen: Bool) {
        pthread_mutex_lock(mutex)
        self.isOpen = isOpen
        pthread_cond_broadcast(condition)
        pthread_mutex_unlock(mutex)
    }

    func pass() {
        pthread_mutex_lock(mutex)
        while !isOpen { pthread_cond_wait(condition, mutex) }
        pthread_mutex_unlock(mutex)
    }
}

/// A log in memory whose reads and appends wait at gates, like those of a slow or hanging disk.
struct GatedLog: EventLog, ~Copyable {
    private var log: MemoryLog
    private let reads: Gate
    private let appends: Gate

    init(_ storage: MemoryStorage, reads: Gate, appends: Gate) {
        log = MemoryLog(acquiring: storage)
        self.reads = reads
        self.appends = appends
    }

    var identity: LogID { log.identity }
    var limits: LogLimits { log.limits }
    func head() -> Seal { log.head() }

    func read(after sequence: SequenceNumber, limit: Int) throws(LogError) -> LogPage {
        reads.pass()
        return log.read(after: sequence, limit: limit)
    }

    func payload(of generation: SequenceNumber) -> [UInt8]? { log.payload(of: generation) }

    mutating func append(_ turn: borrowing Turn, after head: SequenceNumber) throws(LogError)
        -> Seal
    {
        appends.pass()
        return try log.append(turn, after: head)
    }

    mutating func space() -> Space { log.space() }

    func sideReader() -> any LogReader & Sendable {
        GatedReader(log: log.sideReader(), reads: reads)
    }
}

private struct GatedReader: LogReader {
    let log: any LogReader & Sendable
    let reads: Gate

    var identity: LogID { log.identity }
    func head() throws(LogError) -> Seal { try log.head() }

    func read(after sequence: SequenceNumber, limit: Int) throws(LogError) -> LogPage {
        reads.pass()
        return try log.read(after: sequence, limit: limit)
    }

    func payload(of generation: SequenceNumber) throws(LogError) -> [UInt8]? {
        try log.payload(of: generation)
    }
}
