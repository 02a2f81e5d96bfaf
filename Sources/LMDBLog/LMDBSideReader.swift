// Reads beside the writer, within its process. LMDB must not open a file twice in one process, so
// these share the writer's environment.

import EventLog

/// An environment that more than one hold; closed when the last of them lets go.
// Safe because threads may share an environment: each read has a transaction of its own, which
// MDB_NOTLS binds to no thread, and only the writer's thread begins one that writes. The one call
// that needs an environment without transactions, growing the map, is for those who did not open
// the log to write: nobody else appends to this one.
final class SharedEnvironment: @unchecked Sendable {
    let environment: Environment

    init(_ environment: consuming Environment) { self.environment = environment }
}

/// The log of a live writer, for any thread of its process.
struct LMDBSideReader: LogReader, Sendable {
    let identity: LogID
    let shared: SharedEnvironment
    let limits: LogLimits

    func head() throws(LogError) -> Seal { try shared.environment.head(of: identity) }

    func read(after sequence: SequenceNumber, limit: Int) throws(LogError) -> LogPage {
        try shared.environment.page(
            after: sequence, limit: min(limit, limits.readRecordsMax), of: identity)
    }

    func payload(of generation: SequenceNumber) throws(LogError) -> [UInt8]? {
        try shared.environment.payload(of: generation)
    }
}
