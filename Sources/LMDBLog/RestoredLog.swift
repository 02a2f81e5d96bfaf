// A data directory that is put together from segments that were kept elsewhere.

package import EventLog
import Glibc

package struct RestoredLog: Sendable {
    private let directory: DataDirectory
    private let options: LMDBOptions

    /// Makes `path`, which must be missing or empty; its parent must exist.
    package init(at path: String, options: LMDBOptions = LMDBOptions()) throws(LogError) {
        directory = DataDirectory(path: path)
        self.options = options
        do throws(StoreFailure) {
            if try directory.contents() == .missing { try directory.make() }
            guard try directory.contents() == .fresh else {
                throw .log(.cannotOpen("\(path) has a log already"))
            }
            try FileSystem.makeDirectory(path + "/log")
        } catch {
            throw directory.failure(of: error)
        }
    }

    /// Adds the segment that continues `previous`. `fill` appends its turns; each appended one gets the seal
    /// that the digest chain gives. `base` is the file of its base, if the log begins with it.
    package func restore(
        of identity: LogID, created: Timestamp, continuing previous: Seal, base: [UInt8]?,
        filling fill: ((Turn) throws(LogError) -> Void) throws(LogError) -> Void
    ) throws(LogError) {
        let rows = MetaRows(identity: identity, created: created, continuing: previous)
        var isNamed = false
        do throws(StoreFailure) {
            try directory.makeSegment(first: previous.last.next, isNamed: &isNamed) {
                path throws(StoreFailure) in
                let environment = try Environment(
                    at: path, access: .create(rows), mapSize: options.mapSize)
                var turns = RestoredTurns(after: previous, batchBytes: options.copyBytes)
                do throws(LogError) {
                    try fill { turn throws(LogError) in
                        try turns.take(turn, to: environment)
                    }
                    try turns.flush(to: environment)
                } catch {
                    throw .log(error)
                }
                if let base {
                    try FileSystem.makeDirectory(path + "/base")
                    try FileSystem.write(base, to: path + "/base/data.mdb")
                    try FileSystem.sync(path + "/base")
                }
            }
        } catch {
            throw directory.failure(of: error)
        }
    }

    /// Adds the segments of the log in `path` that begin with record `first` or later, as links to them.
    package func link(segmentsOf path: String, from first: SequenceNumber) throws(LogError) {
        let other = DataDirectory(path: path)
        do throws(StoreFailure) {
            for segment in try other.segments() where segment >= first {
                var resolved = [CChar](repeating: 0, count: Int(PATH_MAX))
                guard realpath(other.segmentPath(segment), &resolved) != nil else {
                    throw .system("find \(other.segmentPath(segment))")
                }
                guard symlink(resolved, directory.segmentPath(segment)) == 0 else {
                    throw .system("link \(directory.segmentPath(segment))")
                }
            }
        } catch {
            throw directory.failure(of: error)
        }
    }
}

/// Turns on their way into a segment, many in one transaction.
private struct RestoredTurns {
    private var last: Seal
    private let batchBytes: Int
    private var turns: [Turn] = []
    private var bytes = 0

    init(after last: Seal, batchBytes: Int) {
        self.last = last
        self.batchBytes = batchBytes
    }

    mutating func take(_ turn: Turn, to environment: borrowing Environment) throws(LogError) {
        turns.append(turn)
        bytes += turn.records.bytes.count
        bytes += turn.payloads.reduce(0) { $0 + $1.bytes.count }
        if bytes >= batchBytes { try flush(to: environment) }
    }

    mutating func flush(to environment: borrowing Environment) throws(LogError) {
        guard !turns.isEmpty else { return }
        let (start, turns) = (last, turns)
        do throws(StoreFailure) {
            last = try environment.write { transaction throws(StoreFailure) in
                var last = start
                for turn in turns { last = try transaction.append(turn, after: last) }
                return last
            }
        } catch {
            throw error.isDiskFull ? .notStored(.full, detail: error.detail) : error.onRead
        }
        (self.turns, bytes) = ([], 0)
    }
}
