// The four databases of a segment, and of a base. DataFile.md has every byte of them.

import CLMDB
import EventLog
import Glibc

struct Databases {
    /// What an environment holds.
    enum Contents {
        case segment, base
    }

    static let count: UInt32 = 4
    /// The format this program writes, and the newest it reads.
    static let format: UInt32 = 0

    /// Records by sequence number.
    let events: MDB_dbi
    /// Payloads by generation.
    let payloads: MDB_dbi
    /// Seals by their last sequence number; in a base, blocks of states in their place.
    let seals: MDB_dbi
    /// Facts about the log by name.
    let meta: MDB_dbi

    init(
        in transaction: OpaquePointer, of contents: Contents, creating: Bool
    ) throws(StoreFailure) {
        func open(_ name: String, _ kind: Int32) throws(StoreFailure) -> MDB_dbi {
            var database: MDB_dbi = 0
            let flags = UInt32(kind) | UInt32(creating ? MDB_CREATE : 0)
            let code = mdb_dbi_open(transaction, name, flags, &database)
            if code == MDB_NOTFOUND { throw .damaged("the database \(name) is missing") }
            try check(code, "open the database \(name)")
            // LMDB accepts whatever flags are stored; a tree of another kind would be read wrongly.
            var stored: UInt32 = 0
            try check(mdb_dbi_flags(transaction, database, &stored), "look at \(name)")
            guard stored == UInt32(kind) else {
                throw .damaged("the database \(name) is of another kind")
            }
            return database
        }
        events = try open("events", MDB_INTEGERKEY)
        payloads = try open("payloads", MDB_INTEGERKEY)
        seals = try open(contents == .base ? "states" : "seals", MDB_INTEGERKEY)
        meta = try open("meta", 0)
    }
}
