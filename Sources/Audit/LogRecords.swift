package import EventLog
package import Jobs

extension LogReader where Self: ~Copyable {
    /// Hands over every record up to the head when this begins, in their order, read page by page;
    /// beside a live writer too. Throws `damaged` at a record that cannot be decoded.
    package func forEachRecord(
        pageRecordsMax: Int = 1_000, _ body: (Record) -> Void
    ) throws(LogError) {
        let head = try head().last
        var position = SequenceNumber.zero
        while position < head {
            let rest = Int(clamping: head.rawValue - position.rawValue)
            let page = try read(after: position, limit: min(rest, pageRecordsMax))
            guard !page.records.isEmpty else {
                throw .damaged(at: position.next, detail: "the log ends before its head")
            }
            for index in 0..<page.records.count { body(try page.record(at: index)) }
            position = page.records.last
        }
    }
}

extension LogPage {
    /// Record `index` of the page. Throws `damaged` if it cannot be decoded.
    func record(at index: Int) throws(LogError) -> Record {
        let sequence = records.sequence(at: index)
        do {
            return try EventCodec.decode(records.bytes, in: records.range(at: index), at: sequence)
        } catch {
            throw .damaged(at: sequence, detail: "\(error)")
        }
    }
}
