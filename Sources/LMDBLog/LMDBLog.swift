package import EventLog
import Failpoints
import Glibc

/// The log in an LMDB environment of a data directory (DataFile.md). The holder of the value is the
/// writer.
///
/// Not `Sendable`, because it holds a pointer: it stays where it was opened. A turn is one write
/// transaction, begun and committed inside `append`; when `append` returns, the turn has been
/// synced and survives a power cut.
package struct LMDBLog: EventLog, ~Copyable {
    package var identity: LogID { segments.identity }
    package let limits: LogLimits
    /// When the log was created, by the wall clock.
    package var created: Timestamp { segments.created }
    /// Dead readers found so far; each had held pages until it was found.
    package private(set) var deadReaders = 0

    let segments: Segments
    /// The last of them, which is appended to.
    private var active: Segment
    private var rotation: Rotation
    private let readerCheckInterval: Duration
    private let ballast: Ballast
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
        segments = try .forWriting(
            directory, mapSize: options.mapSize, makesParents: options.makesParents)
        active = segments.active
        self.limits = limits
        rotation = Rotation(options)
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
        return try active.head()
    }

    package func read(after sequence: SequenceNumber, limit: Int) throws(LogError) -> LogPage {
        try refuseIfBroken()
        return try segments.page(after: sequence, limit: min(limit, limits.readRecordsMax))
    }

    package func payload(of generation: SequenceNumber) throws(LogError) -> [UInt8]? {
        try refuseIfBroken()
        return try segments.payload(of: generation)
    }

    package func origin() -> Seal { segments.origin }

    package func record(_ sequence: SequenceNumber) throws(LogError) -> [UInt8]? {
        try refuseIfBroken()
        return try segments.record(sequence)
    }

    package func kept(
        after sequence: SequenceNumber, limit: Int
    ) throws(LogError) -> [(sequence: SequenceNumber, bytes: [UInt8])] {
        try refuseIfBroken()
        return try segments.kept(after: sequence, limit: limit)
    }

    package func state(_ state: BaseState) throws(LogError) -> [UInt8]? {
        try refuseIfBroken()
        return try segments.state(state)
    }

    package func sideReader() -> any LogReader & Sendable {
        LMDBSideReader(segments: segments, limits: limits)
    }

    package var oldestReader: HeldReader? { active.environment.oldestReader }

    package var rotationFailure: String? { rotation.failure }

    package mutating func space() throws(LogError) -> Space {
        try refuseIfBroken()
        if let lost = segments.lostFile {
            throw .cannotOpen(
                "\(lost) was removed or replaced while it was in use: what was stored since then "
                    + "is in no directory")
        }
        do {
            let room = min(try ballast.settle(), active.environment.mapRemaining)
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
        try rotateIfDue(at: turn.time, after: head)
        let turn = copy turn
        let previous = active.rows.previous
        do {
            Failpoint.appendBegun.hit()
            let seal = try active.environment.write { transaction throws(StoreFailure) in
                let last = try transaction.lastSeal(after: previous)
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

    /// Begins another segment if that is due for a turn at `time` after record `head`.
    private mutating func rotateIfDue(
        at time: Timestamp, after head: SequenceNumber
    ) throws(LogError) {
        guard try rotation.isDue(for: active, at: time, after: head) else { return }
        let end = try active.head()
        // A superseded writer begins nothing; the append says so.
        guard end.last == head else { return }
        do {
            if let next = try rotation.begin(after: end, in: segments, at: time) { active = next }
        } catch {
            throw stop(error.detail)
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
            let found = try active.head().last
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
        deadReaders += active.environment.clearDeadReaders()
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

    func append(
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
