// What LMDB or the system said instead of yes, kept as its code until the call leaves this module,
// where it becomes a `LogError` once. Codes are the system's (positive) or LMDB's own (negative).

import CLMDB
import EventLog
import Glibc

enum StoreFailure: Error {
    case code(Int32, during: String)
    case log(LogError)

    /// Damage without a sequence number to name.
    static func damaged(_ detail: String) -> StoreFailure {
        .log(.damaged(at: nil, detail: detail))
    }

    /// The last system call's failure, as LMDB would word it.
    static func system(_ operation: String) -> StoreFailure { .code(errno, during: operation) }

    static func text(_ code: Int32) -> String {
        // Safe because mdb_strerror answers a string for every code.
        String(cString: mdb_strerror(code)!)
    }

    var detail: String {
        switch self {
        case .code(let code, let operation): "\(operation): \(StoreFailure.text(code))"
        case .log(let error): error.description
        }
    }
}

extension StoreFailure {
    /// What a failed open or read means to the caller.
    var onRead: LogError {
        switch self {
        case .log(let error): error
        case .code(EIO, _), .code(MDB_PANIC, _): .broken(detail)
        case .code(let code, _) where StoreFailure.damageCodes.contains(code):
            .damaged(at: nil, detail: detail)
        case .code: .cannotOpen(detail)
        }
    }

    /// What a failed append means, if the head proves to be where it was; `nil` when even that
    /// would not help.
    var refusal: LogError.Refusal? {
        switch self {
        case .log, .code(EIO, _), .code(MDB_PANIC, _): nil
        case .code(ENOSPC, _), .code(EDQUOT, _), .code(MDB_MAP_FULL, _): .full
        case .code: .transient
        }
    }

    /// The disk (not the map) is full, so that giving up the ballast helps.
    var isDiskFull: Bool {
        switch self {
        case .code(ENOSPC, _), .code(EDQUOT, _): true
        case .code, .log: false
        }
    }

    var isInputOutputError: Bool {
        if case .code(EIO, _) = self { return true }
        return false
    }

    /// Codes LMDB gives for trees that do not hang together; none of them can come from a sound
    /// file. `MDB_BAD_TXN` is what comes after such an error that LMDB has kept to itself.
    private static let damageCodes: Set<Int32> = [
        MDB_CORRUPTED, MDB_PAGE_NOTFOUND, MDB_INVALID, MDB_VERSION_MISMATCH, MDB_CURSOR_FULL,
        MDB_INCOMPATIBLE, MDB_NOTFOUND, MDB_BAD_TXN,
    ]
}

/// Throws unless `code` is LMDB's or a system function's 0.
func check(_ code: Int32, _ operation: String) throws(StoreFailure) {
    guard code == MDB_SUCCESS else { throw .code(code, during: operation) }
}
