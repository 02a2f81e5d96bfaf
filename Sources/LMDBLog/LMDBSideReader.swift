// Readers beside the writer, within its process. LMDB must not open a file twice in one process, so
// they share the writer's environment.

import EventLog

/// An environment with several holders; closed when the last one releases it.
// Safe because threads may share an environment: each read has a transaction of its own, which
// MDB_NOTLS binds to no thread, and only the writer's thread begins one that writes. Growing the
// map is the one call that needs an environment without transactions; only environments opened for
// reading make it, because nobody else appends to this one.
final class SharedEnvironment: @unchecked Sendable {
    let environment: Environment

    init(_ environment: consuming Environment) { self.environment = environment }
}

/// Reads the log of a live writer from any thread of its process.
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
