import CLMDB
import EventLog
import Testing

/// Changes rows of a closed log, and repairs everything that is checked at opening, so that only
/// the change itself is left to be found.
struct Forgery {
    private let environment: OpaquePointer
    private let transaction: OpaquePointer

    /// How many transactions the file has seen.
    static func transactionCount(in segment: String) throws -> Int {
        var environment: OpaquePointer?
        try #require(mdb_env_create(&environment) == 0)
        defer { mdb_env_close(environment) }
        try #require(mdb_env_open(environment, segment, UInt32(MDB_RDONLY), 0o600) == 0)
        var information = MDB_envinfo()
        try #require(mdb_env_info(environment, &information) == 0)
        return information.me_last_txnid
    }

    static func make(
        in segment: String, _ change: (Forgery) throws -> Void
    ) throws {
        let forgery = try Forgery(in: segment)
        try change(forgery)
        try forgery.commit()
    }

    private init(in segment: String) throws {
        var environment: OpaquePointer?
        try #require(mdb_env_create(&environment) == 0)
        try #require(mdb_env_set_maxdbs(environment, 4) == 0)
        try #require(mdb_env_set_mapsize(environment, 1 << 28) == 0)
        try #require(mdb_env_open(environment, segment, 0, 0o600) == 0)
        var transaction: OpaquePointer?
        try #require(mdb_txn_begin(environment, nil, 0, &transaction) == 0)
        self.environment = try #require(environment)
        self.transaction = try #require(transaction)
    }

    /// The last seal names the transaction that wrote it, now this one.
    private func commit() throws {
        let database = try open("seals")
        var cursor: OpaquePointer?
        try #require(mdb_cursor_open(transaction, database, &cursor) == 0)
        var key = MDB_val()
        var value = MDB_val()
        try #require(mdb_cursor_get(cursor, &key, &value, MDB_LAST) == 0)
        let last = SequenceNumber(key.mv_data.loadUnaligned(as: UInt64.self))
        var seal = try contents("seals", last)
        withUnsafeBytes(of: UInt64(mdb_txn_id(transaction)).littleEndian) {
            seal.replaceSubrange(24..<32, with: $0)
        }
        try put("seals", last, seal)
        try #require(mdb_txn_commit(transaction) == 0)
        mdb_env_close(environment)
    }

    /// A row without its checksum.
    func contents(_ name: String, _ sequence: SequenceNumber) throws -> [UInt8] {
        var number = sequence.rawValue
        var value = MDB_val()
        let database = try open(name)
        let code = withUnsafeMutableBytes(of: &number) { number in
            var key = MDB_val(mv_size: 8, mv_data: number.baseAddress)
            return mdb_get(transaction, database, &key, &value)
        }
        try #require(code == 0)
        let row = UnsafeRawBufferPointer(start: value.mv_data, count: value.mv_size)
        return row.dropLast(RecordFrame.checksumSize)
    }

    /// Puts a row with a checksum that fits, or does not.
    func put(
        _ name: String, _ sequence: SequenceNumber, _ bytes: [UInt8], isSound: Bool = true
    ) throws {
        var row = bytes.withUnsafeBytes { RecordFrame.close($0, at: sequence) }
        if !isSound { row[row.count - 1] ^= 1 }
        var number = sequence.rawValue
        let database = try open(name)
        let code = withUnsafeMutableBytes(of: &number) { number in
            row.withUnsafeMutableBytes { row in
                var key = MDB_val(mv_size: 8, mv_data: number.baseAddress)
                var value = MDB_val(mv_size: row.count, mv_data: row.baseAddress)
                return mdb_put(transaction, database, &key, &value, 0)
            }
        }
        try #require(code == 0)
    }

    func remove(_ name: String, _ sequence: SequenceNumber) throws {
        var number = sequence.rawValue
        let database = try open(name)
        let code = withUnsafeMutableBytes(of: &number) { number in
            var key = MDB_val(mv_size: 8, mv_data: number.baseAddress)
            return mdb_del(transaction, database, &key, nil)
        }
        try #require(code == 0)
    }

    private func open(_ name: String) throws -> MDB_dbi {
        var database: MDB_dbi = 0
        try #require(mdb_dbi_open(transaction, name, UInt32(MDB_INTEGERKEY), &database) == 0)
        return database
    }
}
