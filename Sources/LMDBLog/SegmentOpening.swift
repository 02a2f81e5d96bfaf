// Opening a segment, up to the point where it can be trusted: sound meta pages, a file of the length
// they state, a known format, a head that the last transaction appended, and the seal that the
// segment before ends with.

import EventLog
import Glibc

/// How a process uses a log. `mapSize` is how many bytes of addresses the segment that is appended
/// to gets.
enum Role: Sendable {
    case writer(mapSize: Int)
    case reader(mapSize: Int)
}

extension Segment {
    /// One that nothing is written into any more.
    static func sealed(
        in directory: DataDirectory, first: SequenceNumber
    ) throws(StoreFailure) -> Segment {
        let path = directory.segmentPath(first)
        let pages = try MetaPages.check(path: directory.dataPath(first), attempts: 1)
        let environment = try Environment(
            at: path, access: .readSealed, mapSize: (Int(pages.lastPage) + 1) * pages.pageSize)
        return try Segment(environment, named: first)
    }

    /// The one that is appended to.
    static func last(
        in directory: DataDirectory, first: SequenceNumber, as role: Role
    ) throws(StoreFailure) -> Segment {
        let path = directory.segmentPath(first)
        switch role {
        case .writer(let mapSize):
            _ = try MetaPages.check(path: directory.dataPath(first), attempts: 1)
            return try Segment(
                Environment(at: path, access: .write, mapSize: mapSize), named: first)
        case .reader(let mapSize):
            _ = try MetaPages.check(path: directory.dataPath(first), attempts: metaAttempts)
            let withLock = canRegister(in: path)
            if !withLock, LockFile.isHeld(at: directory.lockPath) {
                throw .log(
                    .cannotOpen(
                        "\(directory.path) has a writer, and \(path)/lock.mdb cannot be written; "
                            + "read a copy"))
            }
            let environment = try Environment(
                at: path, access: .read(withLock: withLock), mapSize: mapSize)
            return try Segment(environment, named: first)
        }
    }

    /// Throws `damaged` if it is not what the directory's name says.
    private convenience init(
        _ environment: consuming Environment, named first: SequenceNumber
    ) throws(StoreFailure) {
        try self.init(environment)
        guard self.first == first else {
            throw .log(
                .damaged(
                    at: first,
                    detail: "the segment of that name begins with record \(self.first)"))
        }
    }

    /// Throws `damaged` unless it is of log `identity` and continues `previous`: the last seal of the
    /// segment before, or the log's origin.
    func check(continues previous: Seal, of identity: LogID) throws(StoreFailure) {
        guard rows.identity == identity else {
            throw .log(.damaged(at: first, detail: "the segment there belongs to another log"))
        }
        guard rows.previous != previous else { return }
        let expected = previous.last.next
        if first > expected {
            throw .log(
                .damaged(
                    at: expected,
                    detail: "no segment holds the records from there up to \(rows.previous.last)"))
        }
        throw .log(
            .damaged(
                at: first,
                detail: first < expected
                    ? "two segments hold the record"
                    : "the segment there does not continue the one before"))
    }

    /// Of a log that is complete and has not got its name yet, in `path`.
    static func unnamed(at path: String, mapSize: Int) throws(StoreFailure) -> Segment {
        _ = try MetaPages.check(path: path + "/data.mdb", attempts: 1)
        return try Segment(
            Environment(at: path, access: .read(withLock: true), mapSize: mapSize),
            named: .zero.next)
    }

    /// How often the meta pages are read before a bad one is reported as damage: a live writer may
    /// be writing them.
    private static let metaAttempts = 100

    /// Whether a reader can register in LMDB's reader table.
    private static func canRegister(in segment: String) -> Bool {
        if access(segment + "/lock.mdb", F_OK) == 0 {
            return access(segment + "/lock.mdb", R_OK | W_OK) == 0
        }
        return access(segment, W_OK) == 0
    }
}
