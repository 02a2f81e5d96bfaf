package import EventLog
import Failpoints
import Glibc

/// How a log is opened. The defaults are for serving; tests use smaller values.
package struct LMDBOptions: Sendable {
    /// Address space to reserve, in bytes; the log cannot outgrow it while open. Unused address
    /// space costs nothing.
    package var mapSize = 1 << 40
    package var thresholds = SpaceThresholds()
    /// The shortest interval between two searches for dead readers by appends.
    package var readerCheckInterval = Duration.seconds(60)
    /// Bytes a copy reads and writes in one transaction; a larger turn gets a transaction to
    /// itself. A copy uses a few times as much memory.
    package var copyBytes = 16 << 20
    /// Whether missing directories above the data directory are made too.
    package var makesParents = false

    package init() {}
}

/// The log in an LMDB environment of a data directory (DataFile.md). The holder of the value is the
/// writer.
///
/// Not `Sendable`, because it holds a pointer: it stays where it was opened. A turn is one write
/// transaction, begun and committed inside `append`; when `append` returns, the turn has been
/// synced and survives a power cut.
package struct LMDBLog: EventLog, ~Copyable {
    package let identity: LogID
    package let limits: LogLimits
    /// When the log was created, by the wall clock.
    package let created: Timestamp
    /// Dead readers found so far; each had held pages until it was found.
    package private(set) var deadReaders = 0

    private let shared: SharedEnvironment
    private let ballast: Ballast
    private let readerCheckInterval: Duration
    private var readersChecked: ContinuousClock.Instant?
    /// Why no further append may be tried. A failed sync marks pages clean that never reached the
    /// disk: syncing again would succeed and prove nothing.
    private var failure: String?

    /// Becomes the writer of the log in `directory`, which is created if it is missing or empty
    /// (its parent is not created).
    ///
    /// Throws `locked` within a second, having written nothing, if another process is the writer;
    /// `cannotOpen`, `unknownFormat` or `damaged` depending on what is found there.
    package init(
        directory path: String, limits: LogLimits = LogLimits(),
        options: LMDBOptions = LMDBOptions()
    ) throws(LogError) {
        let directory = DataDirectory(path: path)
        let opened = try OpenedLog.forWriting(
            directory, mapSize: options.mapSize, makesParents: options.makesParents)
        identity = opened.rows.identity
        created = opened.rows.created
        shared = SharedEnvironment(opened.environment)
        self.limits = limits
        readerCheckInterval = options.readerCheckInterval
        ballast = Ballast(
            directory: path, path: directory.ballastPath, thresholds: options.thresholds)
        // If the disk cannot be measured now, `space()` will report it later.
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

    package var oldestReader: HeldReader? { shared.environment.oldestReader }

    package mutating func space() throws(LogError) -> Space {
        try refuseIfBroken()
        if let lost = shared.environment.lostFile {
            throw .cannotOpen(
                "\(lost) was removed or replaced while it was in use: what was stored since then "
                    + "is in no directory")
        }
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

    /// The error for a failed append. A failed commit may have been stored: only reading the log
    /// can tell.
    private mutating func settle(_ failed: StoreFailure, head: SequenceNumber) -> LogError {
        if case .log(let error) = failed { return error }
        if case .damaged = failed.onRead { return failed.onRead }
        // LMDB reports EIO when a write was cut short, as when the disk fills up in the middle of a
        // commit.
        let isDiskFull = failed.isDiskFull || failed.isInputOutputError && ballast.isDiskFull
        if isDiskFull { ballast.release() }
        guard let refusal = isDiskFull ? .full : failed.refusal else { return stop(failed.detail) }
        // Continuing after a full disk is safe even if the sync failed: the lost pages belong to
        // this turn alone, no meta page refers to them, and the next turn writes all of its pages
        // again. If the meta page had failed, LMDB would refuse this read.
        do {
            let found = try shared.environment.head(of: identity).last
            guard found == head else {
                return stop("\(failed.detail); the log is at \(found), not at \(head)")
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
    /// Writes a whole turn: its records and payloads, and the seal that continues the chain from
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
