// Transactions as values that cannot be copied: each is ended exactly once, on the thread that
// began it. What is read through one points into the map and is valid only inside the closure that
// gets it.

import CLMDB
import EventLog
import Synchronization

/// What reading and writing transactions have in common.
protocol Transaction: ~Copyable {
    var handle: OpaquePointer { get }
    var databases: Databases { get }
    /// The last committed transaction this one sees.
    var committed: UInt64 { get }
}

struct ReadTransaction: Transaction, ~Copyable {
    let handle: OpaquePointer
    let databases: Databases

    private let kept: KeptReaders

    init(
        in environment: OpaquePointer, _ databases: Databases, kept: KeptReaders
    ) throws(StoreFailure) {
        self.databases = databases
        self.kept = kept
        if let spare = kept.take() {
            handle = spare
        } else {
            handle = try ReadTransaction.begin(in: environment)
        }
    }

    deinit { kept.giveBack(handle) }

    static func begin(in environment: OpaquePointer) throws(StoreFailure) -> OpaquePointer {
        var begun: OpaquePointer?
        var code = mdb_txn_begin(environment, nil, UInt32(MDB_RDONLY), &begun)
        if code == MDB_MAP_RESIZED {
            // The writer reserved more than this process did; 0 adopts its size.
            try check(mdb_env_set_mapsize(environment, 0), "grow the map")
            code = mdb_txn_begin(environment, nil, UInt32(MDB_RDONLY), &begun)
        }
        try check(code, "begin to read")
        // Safe because mdb_txn_begin succeeded.
        return begun!
    }

    var committed: UInt64 { UInt64(mdb_txn_id(handle)) }
}

/// Reading transactions at rest, which keep their slots in LMDB's table of readers: whoever fills that
/// table with readers of his own cannot stop a writer, which reads too.
final class KeptReaders: Sendable {
    /// Slots that a writer keeps: it reads itself, and for histories and checkpoints.
    static let writerCount = 4

    /// Addresses of transactions that are reset.
    private let resting: Mutex<[UInt]> = Mutex([])
    private let count: Int

    /// Keeps at most `count`.
    init(_ count: Int) { self.count = count }

    /// Takes as many slots as can be kept. Throws if they are not free.
    func fill(in environment: OpaquePointer) throws(StoreFailure) {
        for _ in 0..<count { giveBack(try ReadTransaction.begin(in: environment)) }
    }

    /// A transaction that sees the current state; `nil` if none is kept.
    func take() -> OpaquePointer? {
        let address = resting.withLock { $0.popLast() }
        // Safe because only `giveBack` puts addresses there.
        guard let handle = address.flatMap({ OpaquePointer(bitPattern: $0) }) else { return nil }
        guard mdb_txn_renew(handle) == MDB_SUCCESS else {
            mdb_txn_abort(handle)
            return nil
        }
        return handle
    }

    func giveBack(_ handle: OpaquePointer) {
        mdb_txn_reset(handle)
        let isKept = resting.withLock { resting in
            guard resting.count < count else { return false }
            resting.append(UInt(bitPattern: handle))
            return true
        }
        if !isKept { mdb_txn_abort(handle) }
    }

    /// Frees all. Call it before the environment is closed.
    func end() {
        let all = resting.withLock { resting in
            defer { resting = [] }
            return resting
        }
        for address in all { mdb_txn_abort(OpaquePointer(bitPattern: address)) }
    }
}

struct WriteTransaction: Transaction, ~Copyable {
    let handle: OpaquePointer
    let databases: Databases

    init(in environment: OpaquePointer, _ databases: Databases) throws(StoreFailure) {
        var begun: OpaquePointer?
        try check(mdb_txn_begin(environment, nil, 0, &begun), "begin to write")
        // Safe because mdb_txn_begin succeeded.
        handle = begun!
        self.databases = databases
    }

    deinit { mdb_txn_abort(handle) }

    /// This transaction's own number; if it is aborted, the next transaction gets the number.
    var id: UInt64 { UInt64(mdb_txn_id(handle)) }
    var committed: UInt64 { id - 1 }

    /// LMDB frees the transaction whether or not this succeeds, so the deinitialiser must not.
    consuming func commit() throws(StoreFailure) {
        let handle = handle
        discard self
        try check(mdb_txn_commit(handle), "commit")
    }

    /// Writes `bytes` and their checksum as the last row of `database`. Throws `damaged` if a later
    /// row exists.
    func append(
        _ bytes: UnsafeRawBufferPointer, at key: SequenceNumber, to database: MDB_dbi,
        isLast: Bool = true
    ) throws(StoreFailure) {
        var number = key.rawValue
        var value = MDB_val(mv_size: bytes.count + RecordFrame.checksumSize, mv_data: nil)
        let flags = UInt32(MDB_RESERVE) | UInt32(isLast ? MDB_APPEND : MDB_NOOVERWRITE)
        let code = withUnsafeMutableBytes(of: &number) { number in
            var key = MDB_val(mv_size: number.count, mv_data: number.baseAddress)
            return mdb_put(handle, database, &key, &value, flags)
        }
        if code == MDB_KEYEXIST {
            throw .log(.damaged(at: key, detail: "something is stored there already"))
        }
        try check(code, "put \(key)")
        // MDB_RESERVE: the row is filled in place and is valid until the next put.
        let row = UnsafeMutableRawBufferPointer(start: value.mv_data, count: value.mv_size)
        UnsafeMutableRawBufferPointer(rebasing: row[..<bytes.count]).copyMemory(from: bytes)
        row.storeBytes(
            of: RecordFrame.checksum(key, bytes).littleEndian, toByteOffset: bytes.count,
            as: UInt32.self)
    }
}

extension Transaction where Self: ~Copyable {
    /// The row of `key`; the bytes are in the map.
    func value(of key: UInt64, in database: MDB_dbi) throws(StoreFailure) -> UnsafeRawBufferPointer?
    {
        var number = key
        var value = MDB_val()
        let code = withUnsafeMutableBytes(of: &number) { number in
            var key = MDB_val(mv_size: number.count, mv_data: number.baseAddress)
            return mdb_get(handle, database, &key, &value)
        }
        if code == MDB_NOTFOUND { return nil }
        try check(code, "get \(key)")
        return UnsafeRawBufferPointer(start: value.mv_data, count: value.mv_size)
    }

    func rowCount(of database: MDB_dbi) throws(StoreFailure) -> UInt64 {
        var statistics = MDB_stat()
        try check(mdb_stat(handle, database, &statistics), "count rows")
        return UInt64(statistics.ms_entries)
    }
}

/// Iterates over a database with integer keys.
struct Cursor: ~Copyable {
    private let handle: OpaquePointer

    enum Place { case first, next, previous, last, atOrAfter(SequenceNumber) }

    init(
        in database: MDB_dbi, of transaction: borrowing some Transaction & ~Copyable
    ) throws(StoreFailure) {
        var opened: OpaquePointer?
        try check(mdb_cursor_open(transaction.handle, database, &opened), "open a cursor")
        // Safe because mdb_cursor_open succeeded.
        handle = opened!
    }

    deinit { mdb_cursor_close(handle) }

    /// Moves, and returns the row there, or `nil` at the end. The bytes are in the map.
    func move(
        to place: Place
    ) throws(StoreFailure) -> (key: SequenceNumber, value: UnsafeRawBufferPointer)? {
        var number: UInt64 = 0
        let operation: MDB_cursor_op
        switch place {
        case .first: operation = MDB_FIRST
        case .next: operation = MDB_NEXT
        case .previous: operation = MDB_PREV
        case .last: operation = MDB_LAST
        case .atOrAfter(let sequence):
            operation = MDB_SET_RANGE
            number = sequence.rawValue
        }
        var value = MDB_val()
        var found: UInt64?
        let code = withUnsafeMutableBytes(of: &number) { number in
            var key = MDB_val(mv_size: number.count, mv_data: number.baseAddress)
            let code = mdb_cursor_get(handle, &key, &value, operation)
            if code == MDB_SUCCESS, key.mv_size == MemoryLayout<UInt64>.size {
                found = key.mv_data.loadUnaligned(as: UInt64.self)
            }
            return code
        }
        if code == MDB_NOTFOUND { return nil }
        try check(code, "move a cursor")
        guard let found else { throw .damaged("a key is not a number") }
        return (
            SequenceNumber(found),
            UnsafeRawBufferPointer(start: value.mv_data, count: value.mv_size)
        )
    }
}
