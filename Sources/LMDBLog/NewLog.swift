// A log that is written whole before anybody can see it: its segment gets its name when all of it is
// committed, synced and has been read back. Until then the directory counts as fresh, so whatever
// ends the process leaves either the whole log or none, and the remains of it are replaced by the
// next one that is made there.

package import EventLog

/// A log without a name yet, into which turns are written. What it holds is on disk after every
/// turn; nobody sees it before it is complete.
package struct NewLog: ~Copyable {
    package let identity: LogID
    private let environment: Environment
    private let directory: DataDirectory
    private let limits: LogLimits
    private var head: Seal

    fileprivate init(
        at path: String, in directory: DataDirectory, limits: LogLimits, mapSize: Int
    ) throws(StoreFailure) {
        let rows = MetaRows.new()
        identity = rows.identity
        environment = try Environment(at: path, access: .create(rows), mapSize: mapSize)
        self.directory = directory
        self.limits = limits
        head = .genesis(of: rows.identity)
    }

    /// Appends `turn` as a writer would. After a throw the log must not be completed.
    package mutating func append(_ turn: Turn) throws(LogError) {
        limits.check(turn)
        do {
            head = try environment.write { transaction throws(StoreFailure) in
                try transaction.append(turn, after: head)
            }
        } catch {
            throw directory.failure(of: error)
        }
    }
}

extension LMDBLog {
    /// Makes a log in `directory`, which must be missing, or a data directory without a log. `fill`
    /// writes it; `check` gets it as it can be read from then on. It is there when both have
    /// returned, and survives a power cut; if either throws, it never is.
    ///
    /// Throws `cannotOpen` if the directory has a log or is not one of Daybook's, `locked` if
    /// another process has it, `notStored` if its disk is full, and `broken` if its disk fails.
    package static func make(
        in directory: String, limits: LogLimits = LogLimits(),
        options: LMDBOptions = LMDBOptions(),
        filling fill: (inout NewLog) throws(LogError) -> Void,
        checking check: (borrowing LMDBReader) throws(LogError) -> Void
    ) throws(LogError) {
        let directory = DataDirectory(path: directory)
        let lock = try lock(directory)
        do throws(StoreFailure) {
            try directory.makeFirstSegment { path throws(StoreFailure) in
                do throws(LogError) {
                    try write(at: path, in: directory, limits, options.mapSize, fill)
                } catch {
                    throw .log(error)
                }
                let log = try Segment.unnamed(at: path, mapSize: options.mapSize)
                let segments = Segments(
                    [], active: log, origin: log.rows.previous, in: directory,
                    as: .reader(mapSize: options.mapSize), lock: nil)
                let reader = LMDBReader(segments, limits: limits)
                do throws(LogError) { try check(reader) } catch { throw .log(error) }
            }
        } catch {
            throw directory.failure(of: error)
        }
        _ = consume lock
    }

    /// Keeps every writer out of a directory without a log.
    private static func lock(_ directory: DataDirectory) throws(LogError) -> LockFile {
        do throws(StoreFailure) {
            if try directory.contents() == .missing { try directory.make() }
            let lock = try LockFile(at: directory.lockPath)
            // Examined now that nobody else can change it.
            guard try directory.contents() == .fresh else {
                throw .log(.cannotOpen("\(directory.path) has a log already"))
            }
            return lock
        } catch {
            throw error.refusal == .full ? .notStored(.full, detail: error.detail) : error.onRead
        }
    }

    /// Writes the log, and closes it.
    private static func write(
        at path: String, in directory: DataDirectory, _ limits: LogLimits, _ mapSize: Int,
        _ fill: (inout NewLog) throws(LogError) -> Void
    ) throws(LogError) {
        var log: NewLog
        do {
            log = try NewLog(at: path, in: directory, limits: limits, mapSize: mapSize)
        } catch {
            throw directory.failure(of: error)
        }
        try fill(&log)
    }
}

extension DataDirectory {
    /// What a failure to write a new log here means. Call it before anything is removed: a disk
    /// that was full has space again afterwards.
    func failure(of failed: StoreFailure) -> LogError {
        switch failed {
        case .log(let error): return error
        case .code:
            let disk = Ballast(
                directory: path, path: ballastPath, thresholds: SpaceThresholds())
            // LMDB reports EIO when a write was cut short, which can mean a full disk.
            if failed.refusal == .full || failed.isInputOutputError && disk.isDiskFull {
                return .notStored(.full, detail: failed.detail)
            }
            return .broken(failed.detail)
        }
    }
}
