import Audit
import EventLog
import JobState
import Jobs
import LMDBLog
import Retention
import Testing

@Suite("A log whose beginning is removed stands on a base")
struct BaseTests {
    private static let seeds = Array<UInt64>(1...3)

    @Test("and is what it was: the fold, the judge, jobs and payloads", arguments: seeds)
    func equal(seed: UInt64) throws {
        let place = try SimulatedLog(seed: seed)
        let whole = try LMDBReader(directory: place.whole, options: SimulatedLog.options)
        let expected = try State(of: whole)
        let log = try LMDBLog(directory: place.data, options: SimulatedLog.options)
        let store = log.segmentStore(options: SimulatedLog.options)
        var cuts = 0
        while store.sealed.count > 1 {
            let oldest = store.sealed[0]
            let digest = try Self.cut(store)
            cuts += 1
            // The same from the beginning of the log, without the base before it.
            let again = try BaseMaker.makeBase(of: whole, upTo: oldest.end, in: store)
            #expect(again == digest, "seed \(seed), behind \(oldest.end.last)")
            #expect(log.origin() == oldest.end)
            guard cuts % 3 == 1 else { continue }
            let state = try State(of: log)
            #expect(state == expected, "seed \(seed), behind \(oldest.end.last)")
            try expected.check(recordsOf: log, as: whole)
        }
        #expect(cuts > 2, "seed \(seed)")
        _ = consume store
        _ = consume log
        // As another process sees it, and a copy of it.
        let reader = try LMDBReader(directory: place.data, options: SimulatedLog.options)
        #expect(try State(of: reader) == expected)
        #expect(try reader.baseDigest() != nil)
        let target = place.path + "/copy"
        try reader.copy(
            to: target, through: try reader.head(), options: SimulatedLog.options
        ) { _ in }
        let copy = try LMDBReader(directory: target, options: SimulatedLog.options)
        #expect(try State(of: copy) == expected)
        #expect(try copy.baseDigest() == reader.baseDigest())
    }

    /// Removes the oldest segment. Returns the digest of the base behind it.
    private static func cut(_ store: SegmentStore) throws -> [UInt8] {
        let digest = try BaseMaker.makeBase(
            of: store.reader, upTo: store.sealed[0].end, in: store)
        try store.removeFirst()
        return digest
    }
}

/// What readers make of a log.
private struct State: Equatable {
    /// The checkpoint at its head.
    var checkpoint: [UInt8] = []
    /// The state of the auditor there.
    let audit: [UInt8]
    /// The records that are still asked for: of jobs that live, and triggers in flight.
    let needed: [SequenceNumber]

    init(of log: borrowing some LogReader & ~Copyable) throws {
        var projection = try JobProjection(atOriginOf: log)
        var judge = try Audit(atOriginOf: log)
        var check = SealCheck(after: try log.origin())
        let head = try log.head()
        while projection.head < head.last {
            let page = try log.read(after: projection.head, limit: 500)
            try check.add(page)
            var seals = page.seals[...]
            for index in 0..<page.records.count {
                let record = try EventCodec.decode(
                    page.records.bytes, in: page.records.range(at: index),
                    at: page.records.sequence(at: index))
                try projection.apply(record)
                judge.add(record)
                if seals.first?.last == record.sequence { judge.add(seals.removeFirst()) }
            }
        }
        #expect(check.verified == head)
        var writer = CheckpointWriter(projection, seal: head, log: log.identity)
        while let block = writer.next() { checkpoint += block }
        audit = judge.state()
        var needed: [SequenceNumber] = []
        projection.rows.forEach { generation, row in
            needed += [generation, row.previous]
            return true
        }
        projection.inFlight.forEach { trigger, flight in
            needed += [trigger.sequence, flight.generation]
            return true
        }
        self.needed = needed
    }

    /// Checks that what is asked for at the head can be read as from the whole log.
    func check(
        recordsOf log: borrowing some LogReader & ~Copyable,
        as whole: borrowing some LogReader & ~Copyable
    ) throws {
        for sequence in needed {
            let (record, payload) = (
                try log.record(sequence), try log.payload(of: sequence)
            )
            let (wholeRecord, wholePayload) = (
                try whole.record(sequence), try whole.payload(of: sequence)
            )
            #expect(record != nil && record == wholeRecord)
            #expect(payload == wholePayload)
        }
    }
}
