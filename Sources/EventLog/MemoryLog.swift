// The log in memory, for simulation and tests: a crash there keeps the storage and loses everything
// else.

import Synchronization

/// What survives a simulated crash: the storage. Several `MemoryLog`s can be its writer, one after
/// another.
package final class MemoryStorage: Sendable {
    fileprivate struct Contents {
        var page: LogPage
        var payloads: [SequenceNumber: [UInt8]] = [:]
        var lease: UInt64 = 0
        var space = Space.ample
        var failure: (error: LogError, appendsLeft: Int)?
    }

    package let identity: LogID
    fileprivate let contents: Mutex<Contents>

    package init(identity: LogID) {
        self.identity = identity
        contents = Mutex(
            Contents(page: LogPage(records: RecordBatch(first: SequenceNumber(1)), seals: [])))
    }

    /// What `space()` answers from now on.
    package func set(space: Space) { contents.withLock { $0.space = space } }

    /// Makes the next `count` appends throw `error` and store nothing.
    package func failNextAppend(with error: LogError, count: Int = 1) {
        contents.withLock { $0.failure = (error, count) }
    }

    /// Undoes `failNextAppend`: appends are stored again.
    package func heal() { contents.withLock { $0.failure = nil } }

    /// Loses the payload of `generation`, as a damaged disk would.
    package func losePayload(of generation: SequenceNumber) {
        contents.withLock { $0.payloads[generation] = nil }
    }
}

package struct MemoryLog: EventLog, ~Copyable {
    private let reader: MemoryReader
    private let lease: UInt64
    private var storage: MemoryStorage { reader.storage }
    package var limits: LogLimits { reader.limits }

    /// Becomes the writer of `storage`; a log that held it before can no longer append.
    package init(acquiring storage: MemoryStorage, limits: LogLimits = LogLimits()) {
        reader = MemoryReader(storage: storage, limits: limits)
        lease = storage.contents.withLock { contents in
            contents.lease += 1
            return contents.lease
        }
    }

    package var identity: LogID { reader.identity }
    package func head() -> Seal { reader.head() }

    package func read(after sequence: SequenceNumber, limit: Int) -> LogPage {
        reader.read(after: sequence, limit: limit)
    }

    package func payload(of generation: SequenceNumber) -> [UInt8]? {
        reader.payload(of: generation)
    }

    package func sideReader() -> any LogReader & Sendable { reader }

    package mutating func append(_ turn: borrowing Turn, after head: SequenceNumber)
        throws(LogError) -> Seal
    {
        limits.check(turn)
        let turn = copy turn
        let outcome: Result<Seal, LogError> = storage.contents.withLock { contents in
            let last = contents.page.seals.last ?? .genesis(of: storage.identity)
            guard contents.lease == lease, last.last == head else {
                return .failure(.superseded(head: last.last))
            }
            precondition(turn.records.first == head.next, "a turn after \(head) begins elsewhere")
            if let (error, appendsLeft) = contents.failure {
                contents.failure = appendsLeft > 1 ? (error, appendsLeft - 1) : nil
                return .failure(error)
            }
            var chain = DigestChain(after: last)
            chain.add(turn.records)
            let seal = chain.close(
                first: turn.records.first, last: turn.records.last, time: turn.time,
                decidedThrough: turn.decidedThrough)
            contents.page.records.append(turn.records)
            contents.page.seals.append(seal)
            for payload in turn.payloads { contents.payloads[payload.generation] = payload.bytes }
            return .success(seal)
        }
        return try outcome.get()
    }

    package mutating func space() -> Space { storage.contents.withLock { $0.space } }
}

/// Reads a storage, regardless of its writer.
private struct MemoryReader: LogReader, Sendable {
    let storage: MemoryStorage
    let limits: LogLimits

    var identity: LogID { storage.identity }

    func head() -> Seal {
        storage.contents.withLock { $0.page.seals.last ?? .genesis(of: storage.identity) }
    }

    func read(after sequence: SequenceNumber, limit: Int) -> LogPage {
        storage.contents.withLock { contents in
            let all = contents.page.records
            var records = RecordBatch(first: sequence.next)
            let start = min(all.count, Int(clamping: sequence.rawValue))
            let end = min(all.count, start + max(0, min(limit, limits.readRecordsMax)))
            guard start < end else { return LogPage(records: records, seals: []) }
            all.bytes.withUnsafeBytes { bytes in
                for index in start..<end {
                    records.append(UnsafeRawBufferPointer(rebasing: bytes[all.range(at: index)]))
                }
            }
            let seals = contents.page.seals.filter {
                $0.last > sequence && $0.last <= records.last
            }
            return LogPage(records: records, seals: seals)
        }
    }

    func payload(of generation: SequenceNumber) -> [UInt8]? {
        storage.contents.withLock { $0.payloads[generation] }
    }
}
