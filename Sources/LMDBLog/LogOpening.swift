// Opening a log, up to the point where it can be trusted: the right directory, the lock, and
// segments that each continue the one before.

import EventLog
import Failpoints
import Glibc

extension Segments {
    /// Becomes the writer. Creates the log if `directory` is missing or fresh.
    static func forWriting(
        _ directory: DataDirectory, mapSize: Int, makesParents: Bool
    ) throws(LogError) -> Segments {
        do throws(StoreFailure) {
            if try directory.contents() == .missing {
                if makesParents { try directory.makeParents() }
                try directory.make()
                Failpoint.directoryMade.hit()
            }
            let lock = try LockFile(at: directory.lockPath)
            Failpoint.lockTaken.hit()
            // Examined again, now that nobody else can change it.
            if try directory.contents() == .log {
                try directory.removeRemains(of: DataDirectory.gone)
            } else {
                let rows = MetaRows.new()
                try directory.makeFirstSegment { path throws(StoreFailure) in
                    _ = try Environment(at: path, access: .create(rows), mapSize: mapSize)
                }
            }
            return try open(directory, as: .writer(mapSize: mapSize), lock: lock)
        } catch {
            throw error.onRead
        }
    }

    /// Opens an existing log, changing only LMDB's reader table. Throws `locked` if a process of
    /// another pid namespace reads or writes it under this process's id.
    static func forReading(_ directory: DataDirectory, mapSize: Int) throws(LogError) -> Segments {
        do throws(StoreFailure) {
            guard try directory.contents() == .log else {
                throw .log(.cannotOpen("there is no log in \(directory.path)"))
            }
            let oldest = try directory.segments().first
            do throws(StoreFailure) {
                return try open(directory, as: .reader(mapSize: mapSize), lock: nil)
            } catch {
                // The writer may just have removed the segment that was the oldest.
                guard try directory.segments().first != oldest else { throw error }
                return try open(directory, as: .reader(mapSize: mapSize), lock: nil)
            }
        } catch .code(EAGAIN, _) {
            throw .locked(by: "a process of another container that has the id \(getpid()) too")
        } catch {
            throw error.onRead
        }
    }

    /// Opens every segment once, and checks that each continues the one before.
    private static func open(
        _ directory: DataDirectory, as role: Role, lock: consuming LockFile?
    ) throws(StoreFailure) -> Segments {
        var sealed: [Sealed] = []
        var origin: Origin?
        let firsts = try directory.segments()
        for first in firsts.dropLast() {
            let segment = try Segment.sealed(in: directory, first: first)
            let begin: Origin
            if let origin {
                begin = origin
            } else {
                begin = try Origin(of: segment, in: directory)
            }
            try segment.check(continues: sealed.last?.end ?? begin.seal, of: begin.identity)
            origin = begin
            do throws(LogError) {
                sealed.append(Sealed(first: first, end: try segment.head()))
            } catch { throw .log(error) }
        }
        // Safe because the directory has a log.
        let active = try Segment.last(in: directory, first: firsts.last!, as: role)
        let begin: Origin
        if let origin { begin = origin } else { begin = try Origin(of: active, in: directory) }
        try active.check(continues: sealed.last?.end ?? begin.seal, of: begin.identity)
        return Segments(
            sealed, active: active, origin: begin.seal, base: begin.base, in: directory, as: role,
            lock: lock)
    }

    /// Where a log begins.
    private struct Origin {
        let identity: LogID
        let seal: Seal
        let base: Base?

        /// `segment` is the first that there is. Only with a base may others have been before it.
        init(of segment: Segment, in directory: DataDirectory) throws(StoreFailure) {
            let rows = segment.rows
            identity = rows.identity
            base = try Base.find(
                in: directory, first: segment.first, of: rows.identity, at: rows.previous)
            seal = base == nil ? .genesis(of: rows.identity) : rows.previous
        }
    }
}

extension MetaRows {
    /// Of a log that is made now.
    static func new() -> MetaRows {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return MetaRows(
            identity: .random(), created: Timestamp(clamping: Int64(now.tv_sec), Int64(now.tv_nsec))
        )
    }
}
