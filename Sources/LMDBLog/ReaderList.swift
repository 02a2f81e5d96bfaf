// The readers of an environment, as LMDB lists them: in lines of text, a process, a thread and a transaction each.

import CLMDB
import EventLog
import Glibc

enum ReaderList {
    /// The reader of another process with the oldest transaction, if that is older than the last.
    static func oldest(in environment: OpaquePointer) -> HeldReader? {
        var information = MDB_envinfo()
        mdb_env_info(environment, &information)
        var oldest: (process: Int32, transaction: UInt64)?
        withUnsafeMutablePointer(to: &oldest) { found in
            _ = mdb_reader_list(
                environment,
                { line, found in
                    // Safe because it is the pointer below, and lives as long as the call.
                    let found = found!.assumingMemoryBound(
                        to: (process: Int32, transaction: UInt64)?.self)
                    guard let line, let reader = ReaderList.reader(in: String(cString: line)),
                        reader.process != getpid(),
                        found.pointee.map({ reader.transaction < $0.transaction }) ?? true
                    else { return 0 }
                    found.pointee = reader
                    return 0
                }, found)
        }
        let last = UInt64(information.me_last_txnid)
        guard let oldest, oldest.transaction < last else { return nil }
        return HeldReader(process: oldest.process, turnsBehind: last - oldest.transaction)
    }

    /// `nil` for the heading, and for a slot that holds no transaction.
    static func reader(in line: String) -> (process: Int32, transaction: UInt64)? {
        let parts = line.split { $0.isWhitespace }
        guard parts.count == 3, let process = Int32(parts[0]), let transaction = UInt64(parts[2])
        else { return nil }
        return (process, transaction)
    }
}
