package import EventLog

/// A log opened read-only: beside a live writer, or on a copy, even one on a read-only file system.
///
/// Writes only its slot in LMDB's reader table (`lock.mdb`), without which the writer could reuse
/// pages that are being read. If that table cannot be written, there must be no writer. Each call
/// reads the newest state and keeps nothing open.
package struct LMDBReader: LogReader, ~Copyable {
    package let identity: LogID
    /// When the log was created, by the wall clock.
    package let created: Timestamp
    let environment: Environment
    private let limits: LogLimits

    /// Throws `cannotOpen`, `unknownFormat` or `damaged`.
    package init(
        directory path: String, limits: LogLimits = LogLimits(),
        options: LMDBOptions = LMDBOptions()
    ) throws(LogError) {
        self.init(
            try OpenedLog.forReading(DataDirectory(path: path), mapSize: options.mapSize),
            limits: limits)
    }

    init(_ opened: consuming OpenedLog, limits: LogLimits) {
        identity = opened.rows.identity
        created = opened.rows.created
        environment = opened.environment
        self.limits = limits
    }

    package func head() throws(LogError) -> Seal { try environment.head(of: identity) }

    package func read(after sequence: SequenceNumber, limit: Int) throws(LogError) -> LogPage {
        try environment.page(
            after: sequence, limit: min(limit, limits.readRecordsMax), of: identity)
    }

    package func payload(of generation: SequenceNumber) throws(LogError) -> [UInt8]? {
        try environment.payload(of: generation)
    }
}
