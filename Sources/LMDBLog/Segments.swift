// The segments of a log, read as one log. All but the last are sealed: nothing is written into them
// again, so they are opened read-only, without LMDB's reader table, and only while they are read.
// Each names the seal it continues, so that one that is missing, doubled, foreign, swapped or cut
// short is found when the log is opened.

import EventLog
import Synchronization

/// The segments of a log in a data directory; closed, and the directory unlocked, when the last
/// holder releases this.
final class Segments: Sendable {
    private struct State: Sendable {
        /// The seal that the first segment continues.
        var origin: Seal
        /// What the log rests on, unless that is its beginning.
        var base: Base?
        /// Oldest first.
        var sealed: [Sealed]
        /// The sealed ones that are open, the one that was read last at the end.
        var open: [Segment] = []
        /// The last; `nil` only while all are closed.
        var active: Segment?
    }

    /// A segment that nothing is written into any more.
    struct Sealed: Sendable {
        let first: SequenceNumber
        /// Its last seal.
        let end: Seal
    }

    /// So many sealed segments are kept open: each takes a descriptor, and as many addresses as its
    /// file has bytes. Opening one takes a hundred times as long as reading a payload from it.
    private static let openMax = 128

    let identity: LogID
    let created: Timestamp
    let directory: DataDirectory
    private let role: Role
    private let state: Mutex<State>
    private let lock: LockFile?
    /// Two threads must not open the same segment to go on with.
    private let followed = Mutex(())

    /// `sealed` have been checked, and `active` continues the last of them. `base` is the base of the
    /// first segment, which continues `origin`.
    init(
        _ sealed: [Sealed], active: Segment, origin: Seal, base: Base? = nil,
        in directory: DataDirectory, as role: Role, lock: consuming LockFile?
    ) {
        identity = active.rows.identity
        created = active.rows.created
        self.directory = directory
        self.role = role
        self.lock = lock
        state = Mutex(State(origin: origin, base: base, sealed: sealed, active: active))
    }

    /// The lock is released after everything is closed.
    deinit {
        state.withLock { state in
            state.open = []
            state.active = nil
            state.base = nil
        }
    }

    /// The one that is appended to.
    // Safe because only the deinitialiser takes it away.
    var active: Segment { state.withLock { $0.active! } }

    /// How many there are.
    var count: Int { state.withLock { $0.sealed.count + 1 } }

    /// The seal that the first of them continues.
    var origin: Seal { state.withLock(\.origin) }
    /// All but the last, oldest first.
    var sealed: [Sealed] { state.withLock(\.sealed) }

    /// A file of the log that has lost its name, if one has.
    var lostFile: String? {
        if let lost = active.environment.lostFile { return lost }
        let paths = sealed.map { directory.dataPath($0.first) }
        if let gone = paths.first(where: { !FileSystem.exists($0) }) { return gone }
        switch lock {
        case .some(let lock): return lock.lostFile
        case .none: return nil
        }
    }

    /// `next` continues the active segment, which is sealed now at `end`.
    func switchTo(_ next: Segment, after end: Seal) {
        state.withLock { state in
            // Safe because only the deinitialiser takes it away.
            state.sealed.append(Sealed(first: state.active!.first, end: end))
            state.active = next
        }
    }

    /// Removes the oldest segment, which must not be the last one; the one after it must have a base.
    func removeFirst() throws(StoreFailure) {
        let sealed = sealed
        guard let removed = sealed.first else { return }
        let next = sealed.dropFirst().first?.first ?? active.first
        guard
            let base = try Base.find(
                in: directory, first: next, of: identity, at: removed.end)
        else { throw .damaged("there is no base at record \(next)") }
        // Whoever begins to read it now finds that it is gone; who reads it keeps it open.
        state.withLock { state in
            state.sealed.removeFirst()
            state.open.removeAll { $0.first == removed.first }
            state.origin = removed.end
            state.base = base
        }
        try directory.removeSegment(removed.first)
    }
}

extension Segments {
    /// The last seal of the log.
    func head() throws(LogError) -> Seal {
        try follow()
        return try active.head()
    }

    /// `LogReader.read(after:limit:)`; `limit` is already bounded.
    func page(after sequence: SequenceNumber, limit: Int) throws(LogError) -> LogPage {
        let origin = origin.last
        guard sequence >= origin else {
            throw .cannotOpen("the records up to \(origin) have been removed")
        }
        var page = LogPage(records: RecordBatch(first: sequence.next), seals: [])
        while page.records.count < limit {
            let last = page.records.last
            let segment = try segment(with: last.next)
            let more = try segment.page(after: last, limit: limit - page.records.count)
            if more.records.isEmpty {
                guard try follow() else { break }
            } else if page.records.isEmpty {
                page = more
            } else {
                page.records.append(more.records)
                page.seals += more.seals
            }
        }
        return page
    }

    func payload(of generation: SequenceNumber) throws(LogError) -> [UInt8]? {
        if let base = base(below: generation) { return try base.payload(of: generation) }
        return try segment(with: generation).payload(of: generation)
    }

    func record(_ sequence: SequenceNumber) throws(LogError) -> [UInt8]? {
        if let base = base(below: sequence) { return try base.record(sequence) }
        return try segment(with: sequence).record(sequence)
    }

    func kept(
        after sequence: SequenceNumber, limit: Int
    ) throws(LogError) -> [(sequence: SequenceNumber, bytes: [UInt8])] {
        try state.withLock(\.base)?.records(after: sequence, limit: limit) ?? []
    }

    func state(_ part: BaseState) throws(LogError) -> [UInt8]? {
        try state.withLock(\.base)?.state(part)
    }

    /// The digest of the base; `nil` if the log has its beginning.
    func baseDigest() throws(LogError) -> [UInt8]? {
        try state.withLock(\.base)?.digest()
    }

    /// The base, if `sequence` is before the origin.
    private func base(below sequence: SequenceNumber) -> Base? {
        state.withLock { $0.origin.last >= sequence ? $0.base : nil }
    }

    /// `LMDBReader.seals(after:limit:)`.
    func seals(after sequence: SequenceNumber, limit: Int) throws(LogError) -> [Seal] {
        var seals: [Seal] = []
        var last = sequence
        while seals.count < limit {
            let more = try segment(with: last.next)
                .seals(after: last, limit: limit - seals.count)
            if let end = more.last {
                last = end.last
                seals += more
            } else if try !follow() {
                break
            }
        }
        return seals
    }

    func payloadBehindHead() throws(LogError) -> SequenceNumber? {
        for sealed in state.withLock(\.sealed) {
            let segment = try segment(with: sealed.first)
            if let found = try segment.payloadBehindHead() { return found }
        }
        return try active.payloadBehindHead()
    }

    /// The segment that holds record `sequence`, or will.
    func segment(with sequence: SequenceNumber) throws(LogError) -> Segment {
        let found = state.withLock { state -> (open: Segment?, sealed: Sealed?) in
            // Safe because only the deinitialiser takes it away.
            let active = state.active!
            guard sequence < active.first, !state.sealed.isEmpty else { return (active, nil) }
            let sealed = state.sealed.last { $0.first <= sequence } ?? state.sealed[0]
            guard let index = state.open.firstIndex(where: { $0.first == sealed.first }) else {
                return (nil, sealed)
            }
            let open = state.open.remove(at: index)
            state.open.append(open)
            return (open, nil)
        }
        if let open = found.open { return open }
        // Safe because one of the two is there.
        return try open(found.sealed!)
    }

    /// Opened outside of the lock: a slow disk must not keep other readers waiting.
    private func open(_ sealed: Sealed) throws(LogError) -> Segment {
        let segment: Segment
        do throws(StoreFailure) {
            segment = try Segment.sealed(in: directory, first: sealed.first)
        } catch {
            guard FileSystem.exists(directory.dataPath(sealed.first)) else {
                throw .cannotOpen(
                    "the records up to \(sealed.end.last) were removed while they were read")
            }
            throw error.onRead
        }
        guard try segment.head() == sealed.end else {
            throw .damaged(
                at: sealed.first, detail: "the segment that begins there is another than before")
        }
        state.withLock { state in
            state.open.append(segment)
            if state.open.count > Segments.openMax { state.open.removeFirst() }
        }
        return segment
    }

    /// Looks whether another process has appended segments, and takes them in. Returns whether it
    /// has.
    @discardableResult
    private func follow() throws(LogError) -> Bool {
        guard case .reader = role else { return false }
        let result = followed.withLock { _ -> Result<Bool, StoreFailure> in
            do throws(StoreFailure) { return .success(try followAll()) } catch {
                return .failure(error)
            }
        }
        do { return try result.get() } catch { throw error.onRead }
    }

    private func followAll() throws(StoreFailure) -> Bool {
        var isChanged = false
        while let first = try directory.segments().first(where: { $0 > active.first }) {
            let end: Seal
            do throws(LogError) { end = try active.head() } catch { throw .log(error) }
            let next = try Segment.last(in: directory, first: first, as: role)
            try next.check(continues: end, of: identity)
            switchTo(next, after: end)
            isChanged = true
        }
        return isChanged
    }
}
