package import EventLog
import Jobs

extension Audit {
    /// The verdict on `log` from its origin up to `end`, the end of a turn; `nil` means the head when this
    /// begins. Works beside a live writer. Triggers later than `lateMax` are listed. `onPage` is called after
    /// every page with its last record.
    ///
    /// The digest chain is recomputed on the way. Throws `damaged` if it does not match or a record
    /// cannot be decoded: an altered log cannot be judged.
    package static func of(
        _ log: borrowing some LogReader & ~Copyable, through end: Seal? = nil,
        limits: AuditLimits = AuditLimits(), lateMax: Duration? = nil,
        scope: AuditScope = AuditScope(), _ onPage: (SequenceNumber) -> Void = { _ in }
    ) throws(LogError) -> AuditReport {
        let end = if let end { end } else { try log.head() }
        let origin = try log.origin()
        var audit = try Audit(
            atOriginOf: log, limits: limits, lateMax: lateMax, scope: scope)
        var check = SealCheck(after: origin)
        var position = origin.last
        while position < end.last {
            let rest = Int(clamping: end.last.rawValue - position.rawValue)
            let page = try log.read(after: position, limit: min(rest, limits.pageRecordsMax))
            guard !page.records.isEmpty else {
                throw .damaged(at: position.next, detail: "the log ends before its head")
            }
            try check.add(page)
            try audit.add(page)
            position = page.records.last
            onPage(position)
        }
        try check.finish()
        guard check.verified == end else {
            throw .damaged(at: end.last, detail: "the head is not the seal that stands there")
        }
        return audit.report()
    }

    private mutating func add(_ page: LogPage) throws(LogError) {
        var seals = page.seals.makeIterator()
        var seal = seals.next()
        for index in 0..<page.records.count {
            let record = try page.record(at: index)
            add(record)
            if let end = seal, end.last == record.sequence {
                add(end)
                seal = seals.next()
            }
        }
    }
}
