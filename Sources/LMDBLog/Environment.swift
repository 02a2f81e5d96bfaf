// An open LMDB environment. Default sync mode only: in simulated power cuts MDB_NOSYNC damaged 542
// of 600 stores, MDB_NOMETASYNC lost acknowledged data in 43 %, the default in none of 10,500;
// MDB_WRITEMAP turns a full disk into SIGBUS. MDB_NOTLS makes a read transaction belong to the
// value that holds it and not to a thread.

import CLMDB
import EventLog
import Failpoints
import Glibc
import Synchronization

struct Environment: ~Copyable {
    enum Access {
        /// Create a new one in an empty directory, with its databases and `meta` rows, to write.
        case create(MetaRows)
        case write
        /// With `withLock` false there is no reader table; only safe where nobody can write.
        case read(withLock: Bool)
        /// Nobody will ever write into it again, so that it may be opened any number of times.
        case readSealed
    }

    private let handle: OpaquePointer
    private let databases: Databases
    private let kept: KeptReaders
    // Declared after the handle: the deinitialiser must close the handle before it is released.
    private let claim: ProcessClaim?
    private let path: String

    private static let mapSizeMin = 1 << 20
    /// Bytes of LMDB's reader table with its default of 126 readers.
    private static let readerTableSize = 8192

    /// Reserves `mapSize` bytes of address space, or half of it, or a quarter … if the system
    /// refuses. `finalPath` is the directory's name after it has been renamed, if it will be.
    init(
        at path: String, access: Access, holds contents: Databases.Contents = .segment,
        mapSize: Int, finalPath: String? = nil
    ) throws(StoreFailure) {
        var creating: MetaRows?
        var flags = UInt32(MDB_NOTLS)
        var (isWriter, isClaimed) = (false, true)
        switch access {
        case .create(let rows):
            creating = rows
            isWriter = true
            // There is no file yet, and nobody else knows of the directory.
            isClaimed = false
        case .write: isWriter = true
        case .read(let withLock):
            flags |= UInt32(MDB_RDONLY) | (withLock ? 0 : UInt32(MDB_NOLOCK))
        case .readSealed:
            flags |= UInt32(MDB_RDONLY) | UInt32(MDB_NOLOCK)
            isClaimed = false
        }
        var claim = isClaimed ? try ProcessClaim(of: path + "/data.mdb") : nil
        let opened = try Environment.open(path, flags: flags, mapSize: mapSize)
        if creating != nil { Failpoint.environmentMade.hit() }
        let prepared: Databases
        do {
            prepared = try Environment.prepare(opened, contents, flags: flags, creating: creating)
        } catch {
            mdb_env_close(opened)
            throw error
        }
        if creating != nil { Failpoint.identityStored.hit() }
        let kept = KeptReaders(isWriter ? KeptReaders.writerCount : 0)
        do {
            try kept.fill(in: opened)
            if creating != nil { claim = try ProcessClaim(of: path + "/data.mdb") }
        } catch {
            kept.end()
            mdb_env_close(opened)
            throw error
        }
        handle = opened
        databases = prepared
        self.kept = kept
        self.claim = claim
        self.path = (finalPath ?? path) + "/data.mdb"
    }

    deinit {
        kept.end()
        mdb_env_close(handle)
    }

    private static func open(
        _ path: String, flags: UInt32, mapSize: Int
    ) throws(StoreFailure) -> OpaquePointer {
        if flags & UInt32(MDB_NOLOCK) == 0 { try allocateReaderTable(path + "/lock.mdb") }
        var created: OpaquePointer?
        try check(mdb_env_create(&created), "create an environment")
        // Safe because mdb_env_create succeeded.
        let handle = created!
        var code = mdb_env_set_mapsize(handle, mapSize)
        if code == MDB_SUCCESS { code = mdb_env_set_maxdbs(handle, Databases.count) }
        if code == MDB_SUCCESS { code = mdb_env_open(handle, path, flags, 0o600) }
        if code == MDB_SUCCESS {
            // LMDB lets started programs inherit this descriptor: they could write into the log.
            var descriptor: Int32 = -1
            if mdb_env_get_fd(handle, &descriptor) == MDB_SUCCESS {
                _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
            }
            return handle
        }
        mdb_env_close(handle)
        // A limit on address space shows as ENOMEM; any smaller map that holds the data will do.
        if code == ENOMEM, mapSize / 2 >= mapSizeMin {
            return try open(path, flags: flags, mapSize: mapSize / 2)
        }
        throw .code(code, during: "open \(path)")
    }

    /// LMDB makes its reader table a sparse file and maps it: on a full disk, filling it is SIGBUS.
    /// With its blocks allocated beforehand, a full disk is an error here instead. The table's
    /// contents are kept.
    private static func allocateReaderTable(_ path: String) throws(StoreFailure) {
        let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw .system("open \(path)") }
        defer { close(descriptor) }
        try check(posix_fallocate(descriptor, 0, readerTableSize), "allocate \(path)")
    }

    private static func prepare(
        _ handle: OpaquePointer, _ contents: Databases.Contents, flags: UInt32,
        creating: MetaRows?
    ) throws(StoreFailure) -> Databases {
        let readOnly = flags & UInt32(MDB_RDONLY)
        var begun: OpaquePointer?
        try check(mdb_txn_begin(handle, nil, readOnly, &begun), "begin the first transaction")
        // Safe because mdb_txn_begin succeeded.
        let transaction = begun!
        let databases: Databases
        do {
            databases = try Databases(in: transaction, of: contents, creating: creating != nil)
            if let creating { try databases.put(creating, in: transaction) }
        } catch {
            mdb_txn_abort(transaction)
            throw error
        }
        // A reading transaction is committed too: aborting it would close the database handles.
        try check(mdb_txn_commit(transaction), "commit the first transaction")
        return databases
    }
}

extension Environment {
    /// Runs `body` on the current state. The bytes it sees are valid only inside `body`.
    func read<Value>(
        _ body: (borrowing ReadTransaction) throws(StoreFailure) -> Value
    ) throws(StoreFailure) -> Value {
        let transaction = try ReadTransaction(in: handle, databases, kept: kept)
        return try body(transaction)
    }

    /// Runs `body` and makes its writes durable. If it or the commit throws, nothing is stored; but
    /// after a failed commit the log must be read before that is certain.
    ///
    /// Not `async`, and the transaction can leave neither `body` nor this thread: LMDB's writer
    /// lock belongs to the thread, and a commit on another thread leaves it locked for ever without
    /// an error.
    func write<Value>(
        _ body: (borrowing WriteTransaction) throws(StoreFailure) -> Value
    ) throws(StoreFailure) -> Value {
        let transaction = try WriteTransaction(in: handle, databases)
        let value = try body(transaction)
        try transaction.commit()
        return value
    }

    /// The file that is open and has lost its name, because it was removed or another one has taken
    /// its place: what is written goes where nobody will find it.
    var lostFile: String? {
        var descriptor: Int32 = -1
        let isKnown = mdb_env_get_fd(handle, &descriptor) == MDB_SUCCESS
        return isKnown && FileSystem.is(descriptor, at: path) ? nil : path
    }

    var oldestReader: HeldReader? { ReaderList.oldest(in: handle) }

    /// Frees the slots of readers that died, so that their pages can be reused. Returns their
    /// number.
    func clearDeadReaders() -> Int {
        var dead: Int32 = 0
        return mdb_reader_check(handle, &dead) == MDB_SUCCESS ? Int(dead) : 0
    }

    /// Bytes of the map that no page uses yet.
    var mapRemaining: Int {
        var information = MDB_envinfo()
        mdb_env_info(handle, &information)
        return information.me_mapsize - usedBytes
    }

    /// Bytes up to the end of the last page in use.
    var usedBytes: Int {
        var information = MDB_envinfo()
        var statistics = MDB_stat()
        mdb_env_info(handle, &information)
        mdb_env_stat(handle, &statistics)
        return (information.me_last_pgno + 1) * Int(statistics.ms_psize)
    }
}

/// LMDB must not open a file twice in one process: closing either would drop the other's file
/// locks, and opening could reset the other's reader table.
struct ProcessClaim: ~Copyable {
    private struct File: Hashable {
        let device: dev_t
        let number: ino_t
    }

    private static let open = Mutex<Set<File>>([])
    private let file: File

    init(of path: String) throws(StoreFailure) {
        var status = stat()
        guard stat(path, &status) == 0 else { throw .system("stat \(path)") }
        let file = File(device: status.st_dev, number: status.st_ino)
        guard ProcessClaim.open.withLock({ $0.insert(file).inserted }) else {
            throw .log(.cannotOpen("\(path) is already open in this process"))
        }
        self.file = file
    }

    deinit {
        let file = file
        _ = ProcessClaim.open.withLock { $0.remove(file) }
    }
}
