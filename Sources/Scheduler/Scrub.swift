// Checks the part of the log that a boot from a checkpoint did not read: every record's checksum and
// every seal, from the beginning of the log. It does a little whenever the writer is idle, and at least
// once a second. Damage stops the writer, like damage found at a boot.

import EventLog

struct Scrub {
    private let end: SequenceNumber
    private var check: SealCheck
    /// The last record checked.
    private(set) var position: SequenceNumber

    /// Checks from `origin`, where the log begins, up to `seal`, the seal of a checkpoint.
    init(from origin: Seal, upTo seal: Seal) { self.init(from: origin, upToRecord: seal.last) }

    private init(from origin: Seal, upToRecord end: SequenceNumber) {
        self.end = end
        position = origin.last
        check = SealCheck(after: origin)
    }

    var isDone: Bool { position >= end }

    /// Checks the next few records. Throws `damaged` if they are not what was written.
    mutating func step<Log: LogReader & ~Copyable>(on log: borrowing Log) throws(LogError) {
        let origin = try log.origin()
        if position < origin.last { self = Scrub(from: origin, upToRecord: end) }
        guard !isDone else { return }
        let rest = end.rawValue - position.rawValue
        let page = try log.read(
            after: position, limit: Int(min(rest, UInt64(SchedulerLimits.scrubRecords))))
        guard !page.records.isEmpty else {
            throw .damaged(at: position.next, detail: "the record is missing")
        }
        try check.add(page)
        position = page.records.last
        if isDone { try check.finish() }
    }
}
