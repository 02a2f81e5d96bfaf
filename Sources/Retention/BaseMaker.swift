// Makes a base: reads a log from its origin up to the end of a segment, as a fold and as an auditor, and
// keeps what the records behind that rest on. It is a function of the log alone: whoever makes it again
// gets the same bytes.

import Audit
package import EventLog
import JobState
import Jobs
package import LMDBLog

package struct BaseMaker {
    private var projection: JobProjection
    private var audit: Audit
    private var facts = StandingFacts()
    private var check: SealCheck

    /// Makes the base of the segment of `store` that continues `end`, of what `log` has up to there.
    /// Returns its digest. Throws `damaged` if `log` is not as it was written.
    package static func makeBase(
        of log: borrowing some LogReader & ~Copyable, upTo end: Seal, in store: SegmentStore
    ) throws(LogError) -> [UInt8] {
        var maker = try BaseMaker(atOriginOf: log)
        try maker.read(log, upTo: end)
        return try maker.make(of: log, in: store)
    }

    private init(atOriginOf log: borrowing some LogReader & ~Copyable) throws(LogError) {
        projection = try JobProjection(atOriginOf: log)
        audit = try Audit(atOriginOf: log)
        check = SealCheck(after: try log.origin())
        var last = SequenceNumber.zero
        while true {
            let kept = try log.kept(after: last, limit: RetentionLimits.pageRecords)
            guard let end = kept.last else { break }
            for (sequence, bytes) in kept { facts.add(try Self.decode(bytes, at: sequence)) }
            last = end.sequence
        }
    }

    /// Reads the records up to `end`, and checks them.
    private mutating func read(
        _ log: borrowing some LogReader & ~Copyable, upTo end: Seal
    ) throws(LogError) {
        while projection.head < end.last {
            let rest = Int(clamping: end.last.rawValue - projection.head.rawValue)
            let page = try log.read(
                after: projection.head, limit: min(rest, RetentionLimits.pageRecords))
            guard !page.records.isEmpty else {
                throw .damaged(at: projection.head.next, detail: "the record is missing")
            }
            try check.add(page)
            var seals = page.seals[...]
            for index in 0..<page.records.count {
                let record = try page.records.record(at: index)
                do { try projection.apply(record) } catch {
                    throw .damaged(at: error.sequence, detail: error.reason)
                }
                audit.add(record)
                facts.add(record)
                if let seal = seals.first, seal.last == record.sequence {
                    audit.add(seal)
                    seals.removeFirst()
                }
            }
        }
        guard check.verified == end else {
            throw .damaged(at: end.last, detail: "the seal there is another")
        }
    }

    private func make(
        of log: borrowing some LogReader & ~Copyable, in store: SegmentStore
    ) throws(LogError) -> [UInt8] {
        let end = check.verified
        return try store.makeBase(behind: end) { base throws(LogError) in
            var batch: [BaseRecord] = []
            var bytes = 0
            for sequence in try kept(in: log) {
                guard let record = try log.record(sequence) else { continue }
                let payload = try log.payload(of: sequence)
                batch.append(BaseRecord(sequence, bytes: record, payload: payload))
                bytes += record.count + (payload?.count ?? 0)
                guard bytes >= RetentionLimits.batchBytes else { continue }
                try base.put(batch)
                (batch, bytes) = ([], 0)
            }
            try base.put(batch)
            var checkpoint: [UInt8] = []
            var writer = CheckpointWriter(projection, seal: end, log: log.identity)
            while let block = writer.next() { checkpoint += block }
            try base.put(checkpoint, as: .projection)
            try base.put(audit.state(), as: .audit)
        }
    }

    /// The records that are still asked for: those by which jobs that live were accepted, the last event of
    /// each, the triggers in flight with what accepted their jobs, and what else still holds.
    private func kept(
        in log: borrowing some LogReader & ~Copyable
    ) throws(LogError) -> [SequenceNumber] {
        var kept = Set(facts.sequences)
        var lastEvents: [SequenceNumber] = []
        projection.rows.forEach { generation, row in
            kept.insert(generation)
            lastEvents.append(row.previous)
            return true
        }
        projection.inFlight.forEach { trigger, entry in
            kept.insert(trigger.sequence)
            kept.insert(entry.generation)
            return true
        }
        for last in lastEvents where kept.insert(last).inserted {
            guard let bytes = try log.record(last) else { continue }
            if case .acknowledged(let answer) = try Self.decode(bytes, at: last).event {
                kept.insert(answer.trigger.sequence)
            }
        }
        return kept.sorted()
    }

    private static func decode(
        _ bytes: [UInt8], at sequence: SequenceNumber
    ) throws(LogError) -> Record {
        do { return try EventCodec.decode(bytes, in: bytes.indices, at: sequence) } catch {
            throw .damaged(at: sequence, detail: "\(error)")
        }
    }
}

extension RecordBatch {
    fileprivate func record(at index: Int) throws(LogError) -> Record {
        do {
            return try EventCodec.decode(bytes, in: range(at: index), at: sequence(at: index))
        } catch {
            throw .damaged(at: sequence(at: index), detail: "\(error)")
        }
    }
}
