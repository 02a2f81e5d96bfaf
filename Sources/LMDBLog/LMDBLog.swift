package import EventLog
import Failpoints
import Glibc

/// How a log is opened. The defaults are for serving; tests make things small.
package struct LMDBOptions: Sendable {
    /// Address space to reserve, in bytes; the log cannot outgrow it while open. Costs nothing
    /// until used.
    package var mapSize = 1 << 40
    package var thresholds = SpaceThresholds()
    /// How often, at most, an append looks for readers that died.
    package var readerCheckInterval = Duration.seconds(60)
    /// Bytes that a copy reads in one transaction and writes in one; a turn that is larger goes
    /// alone. A few times as many are in memory.
    package var copyBytes = 16 << 20

    package init() {}
}

/// The log in an LMDB environment of a data directory (DataFile.md). Whoever holds the value is the
/// writer.
///
/// Not `Sendable`, because it holds a pointer: it stays where it was opened. A turn is one write
/// transaction, which begins, commits and ends inside `append`; when that returns, the turn has
/// been synced and survives a power cut.
package struct LMDBLog: EventLog, ~Copyable {
    package let identity: LogID
    package let limits: LogLimits
    /// When the log was made, by the wall clock.
    package let created: Timestamp
    /// Readers found dead so far, whose pages were held until then.
    package private(set) var deadReaders = 0

    private let shared: SharedEnvironment
    private let ballast: Ballast
    private let readerCheckInterval: Duration
    private var readersChecked: ContinuousClock.Instant?
    /// Why nothing may be tried again. A failed sync has marked pages clean that never reached the
    /// disk: asking once more would succeed and prove nothing.
    private var failure: String?

    /// Becomes the writer of the log in `directory`, which is made if it is missing or empty (its
    /// parent is not).
    ///
    /// Throws `locked` within a second and without having written if another process is the writer;
    /// `cannotOpen`, `unknownFormat`, `damaged` for what is found there.
    package init(
        directory path: String, limits: LogLimits = LogLimits(),
        options: LMDBOptions = LMDBOptions()
    ) throws(LogError) {
        let directory = DataDirectory(path: path)
        let opened = try OpenedLog.forWriting(directory, mapSize: options.mapSize)
        identity = opened.rows.identity
        created = opened.rows.created
        shared = SharedEnvironment(opened.environment)
        self.limits = limits
        readerCheckInterval = options.readerCheckInterval
        ballast = Ballast(
            directory: path, path: directory.ballastPath, thresholds: options.thresholds)
        // A disk that cannot be measured now will say so when room is asked for.
        _ = try? ballast.settle()
    }
}

extension LMDBLog {
    package func head() throws(LogError) -> Seal {
        try refuseIfBroken()
        return try shared.environment.head(of: identity)
    }

    package func read(after sequence: SequenceNumber, limit: Int) throws(LogError) -> LogPage {
        try refuseIfBroken()
        return try shared.environment.page(
            after: sequence, limit: min(limit, limits.readRecordsMax), of: identity)
    }

    package func payload(of generation: SequenceNumber) throws(LogError) -> [UInt8]? {
        try refuseIfBroken()
        return try shared.environment.payload(of: generation)
    }

    package func sideReader() -> any LogReader & Sendable {
        LMDBSideReader(identity: identity, shared: shared, limits: limits)
    }

    package mutating func space() throws(LogError) -> Space {
        try refuseIfBroken()
        do {
            let room = min(try ballast.settle(), shared.environment.mapRemaining)
            return ballast.thresholds.space(at: room)
        } catch {
            throw error.onRead
        }
    }
}

extension LMDBLog {
    package mutating func append(
        _ turn: borrowing Turn, after head: SequenceNumber
    ) throws(LogError) -> Seal {
        try refuseIfBroken()
        limits.check(turn)
        clearDeadReaders()
        let turn = copy turn
        let identity = identity
        do {
            Failpoint.appendBegun.hit()
            let seal = try shared.environment.write { transaction throws(StoreFailure) in
                let last = try transaction.lastSeal(of: identity)
                guard last.last == head else {
                    throw .log(.superseded(head: last.last))
                }
                precondition(
                    turn.records.first == head.next, "a turn after \(head) begins elsewhere")
                return try transaction.append(turn, after: last)
            }
            Failpoint.turnCommitted.hit()
            return seal
        } catch {
            throw settle(error, head: head)
        }
    }

    /// What a failed append comes to. A failed commit is unknown, not no: only the log can say.
    private mutating func settle(_ failed: StoreFailure, head: SequenceNumber) -> LogError {
        if case .log(let error) = failed { return error }
        if case .damaged = failed.onRead { return failed.onRead }
        // LMDB says EIO when a write was cut short, which is how a disk that fills up in the middle
        // of a commit shows.
        let isDiskFull = failed.isDiskFull || failed.isInputOutputError && ballast.isDiskFull
        if isDiskFull { ballast.release() }
        guard let refusal = isDiskFull ? .full : failed.refusal else { return stop(failed.detail) }
        // Going on after a full disk is safe even where the sync was what failed: the pages it lost
        // belong to this turn alone, no meta page names them, and the next turn writes all of its
        // own anew. Had the meta page failed, LMDB would refuse this read.
        do {
            let found = try shared.environment.head(of: identity).last
            guard found == head else {
                return stop("\(failed.detail); the log stands at \(found), not at \(head)")
            }
            return .notStored(refusal, detail: failed.detail)
        } catch {
            return stop("\(failed.detail); then \(error)")
        }
    }

    private mutating func stop(_ reason: String) -> LogError {
        failure = reason
        return .broken(reason)
    }

    private func refuseIfBroken() throws(LogError) {
        if let failure { throw .broken(failure) }
    }

    private mutating func clearDeadReaders() {
        let now = ContinuousClock.now
        if let readersChecked, now - readersChecked < readerCheckInterval { return }
        readersChecked = now
        deadReaders += shared.environment.clearDeadReaders()
    }
}

extension WriteTransaction {
    /// Puts a whole turn: its records and payloads, and the seal that continues the chain from
    /// `last`.
    func append(_ turn: Turn, after last: Seal) throws(StoreFailure) -> Seal {
        for index in 0..<turn.records.count {
            let range = turn.records.range(at: index)
            let sequence = turn.records.sequence(at: index)
            try append(
                turn.records.bytes, range, at: sequence, to: databases.events, isLast: true)
            Failpoint.recordPut.hit()
        }
        for payload in turn.payloads {
            try append(
                payload.bytes, payload.bytes.indices, at: payload.generation,
                to: databases.payloads, isLast: false)
            Failpoint.payloadPut.hit()
        }
        var chain = DigestChain(after: last)
        chain.add(turn.records)
        let seal = chain.close(
            first: turn.records.first, last: turn.records.last, time: turn.time,
            decidedThrough: turn.decidedThrough)
        let row = StoredSeal(seal, transaction: id).encoded
        try append(row, row.indices, at: seal.last, to: databases.seals, isLast: true)
        Failpoint.sealPut.hit()
        return seal
    }

    private func append(
        _ bytes: [UInt8], _ range: Range<Int>, at key: SequenceNumber, to database: UInt32,
        isLast: Bool
    ) throws(StoreFailure) {
        let outcome: Result<Void, StoreFailure> = bytes.withUnsafeBytes { bytes in
            do throws(StoreFailure) {
                try append(
                    UnsafeRawBufferPointer(rebasing: bytes[range]), at: key, to: database,
                    isLast: isLast)
                return .success(())
            } catch {
                return .failure(error)
            }
        }
        try outcome.get()
    }
}
