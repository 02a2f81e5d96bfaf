// Opening a log, up to the point where it can be trusted: the right directory, the lock, sound meta
// pages, a file of the length they state, a known format, and a head that the last transaction
// appended.

import EventLog
import Failpoints
import Glibc

struct OpenedLog: ~Copyable {
    let environment: Environment
    let rows: MetaRows

    private init(_ environment: consuming Environment, first: SequenceNumber) throws(StoreFailure) {
        let rows = try environment.read { transaction throws(StoreFailure) in
            let rows = try MetaRows(in: transaction)
            try transaction.checkEnds(of: rows.identity, first: first)
            return rows
        }
        self.environment = environment
        self.rows = rows
    }

    /// Becomes the writer. Creates the log if `directory` is missing or fresh.
    static func forWriting(
        _ directory: DataDirectory, mapSize: Int, makesParents: Bool
    ) throws(LogError) -> OpenedLog {
        do throws(StoreFailure) {
            if try directory.contents() == .missing {
                if makesParents { try directory.makeParents() }
                try directory.make()
                Failpoint.directoryMade.hit()
            }
            let lock = try LockFile(at: directory.lockPath)
            Failpoint.lockTaken.hit()
            // Examined again, now that nobody else can change it.
            let first = try segment(in: directory, mapSize: mapSize)
            let path = directory.segmentPath(first)
            _ = try MetaPages.check(path: path + "/data.mdb", attempts: 1)
            let environment = try Environment(
                at: path, access: .write, mapSize: mapSize, lock: lock)
            return try OpenedLog(environment, first: first)
        } catch {
            throw error.onRead
        }
    }

    /// Opens an existing log, changing only LMDB's reader table. Throws `locked` if a process of
    /// another pid namespace reads or writes it under this process's id.
    static func forReading(
        _ directory: DataDirectory, mapSize: Int
    ) throws(LogError) -> OpenedLog {
        do throws(StoreFailure) {
            guard case .segment(let first) = try directory.contents() else {
                throw .log(.cannotOpen("there is no log in \(directory.path)"))
            }
            let path = directory.segmentPath(first)
            _ = try MetaPages.check(path: path + "/data.mdb", attempts: metaAttempts)
            let withLock = canRegister(in: path)
            if !withLock, LockFile.isHeld(at: directory.lockPath) {
                throw .log(
                    .cannotOpen(
                        "\(directory.path) has a writer, and \(path)/lock.mdb cannot be written; "
                            + "read a copy"))
            }
            let environment = try Environment(
                at: path, access: .read(withLock: withLock), mapSize: mapSize)
            return try OpenedLog(environment, first: first)
        } catch .code(EAGAIN, _) {
            throw .locked(by: "a process of another container that has the id \(getpid()) too")
        } catch {
            throw error.onRead
        }
    }

    /// Opens the log in `path`, a segment that is complete and has not got its name yet.
    static func unnamed(at path: String, mapSize: Int) throws(StoreFailure) -> OpenedLog {
        _ = try MetaPages.check(path: path + "/data.mdb", attempts: 1)
        let environment = try Environment(
            at: path, access: .read(withLock: true), mapSize: mapSize)
        return try OpenedLog(environment, first: .zero.next)
    }

    /// Identity and time of creation of a log that is made now.
    static func newRows() -> MetaRows {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        let created = Timestamp(clamping: Int64(now.tv_sec), Int64(now.tv_nsec))
        return MetaRows(identity: .random(), created: created)
    }

    /// How often the meta pages are read before a bad one is reported as damage: a live writer may
    /// be writing them.
    private static let metaAttempts = 100

    /// The first number of the segment to open; in a fresh directory the segment is created now.
    private static func segment(
        in directory: DataDirectory, mapSize: Int
    ) throws(StoreFailure) -> SequenceNumber {
        if case .segment(let first) = try directory.contents() { return first }
        let first = SequenceNumber.zero.next
        let rows = newRows()
        try directory.makeSegment(first: first) { path throws(StoreFailure) in
            _ = try Environment(at: path, access: .create(rows), mapSize: mapSize)
        }
        return first
    }

    /// Whether a reader can register in LMDB's reader table.
    private static func canRegister(in segment: String) -> Bool {
        if access(segment + "/lock.mdb", F_OK) == 0 {
            return access(segment + "/lock.mdb", R_OK | W_OK) == 0
        }
        return access(segment, W_OK) == 0
    }
}
