// An error of LMDB or the system, kept as its code until it leaves this module, where it is
// converted to a `LogError` once. Codes are the system's (positive) or LMDB's own (negative).

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

    /// The last system call's failure, in LMDB's form.
    static func system(_ operation: String) -> StoreFailure { .code(errno, during: operation) }

    static func text(_ code: Int32) -> String {
        // Safe because mdb_strerror returns a string for every code.
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

    /// What a failed append means if the head has not moved; `nil` if the log cannot continue even
    /// then.
    var refusal: LogError.Refusal? {
        switch self {
        case .log, .code(EIO, _), .code(MDB_PANIC, _): nil
        case .code(ENOSPC, _), .code(EDQUOT, _), .code(MDB_MAP_FULL, _): .full
        case .code: .transient
        }
    }

    /// The disk (not the map) is full, so that removing the ballast helps.
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

    /// LMDB's codes for inconsistent trees; a sound file cannot cause any of them. `MDB_BAD_TXN`
    /// follows such an error that LMDB did not report.
    private static let damageCodes: Set<Int32> = [
        MDB_CORRUPTED, MDB_PAGE_NOTFOUND, MDB_INVALID, MDB_VERSION_MISMATCH, MDB_CURSOR_FULL,
        MDB_INCOMPATIBLE, MDB_NOTFOUND, MDB_BAD_TXN,
    ]
}

/// Throws unless `code`, from LMDB or a system function, is 0.
func check(_ code: Int32, _ operation: String) throws(StoreFailure) {
    guard code == MDB_SUCCESS else { throw .code(code, during: operation) }
}
