// Reads a log up to its head at the start: its records one by one, checked on the way, and the positions that
// people name.

import Audit
import EventLog
import EventText
import Jobs
import LMDBLog

struct LogReading: ~Copyable {
    let log: LMDBReader
    /// Where the log begins: the genesis, unless its beginning has been removed.
    let origin: Seal
    let head: Seal

    /// Records and seals read at once.
    private static let pageRecords = 1_000

    init(of directory: String) throws(LogError) {
        let log = try AnotherProcess.openLog(in: directory)
        head = try log.head()
        origin = log.origin()
        self.log = log
    }

    /// Calls `body` with the records after seal `start` up to record `last`, oldest first.
    ///
    /// Checks the checksums, and the digests of all turns that end by then. Throws `damaged` at the first
    /// bad record or turn, after all records before it have been passed on; some records of a turn with a
    /// bad digest may have been passed on too.
    func records(
        after start: Seal, through last: SequenceNumber,
        _ body: (Record) throws(LogError) -> Void
    ) throws(LogError) {
        var check = SealCheck(after: start)
        var position = start.last
        while position < last {
            let rest = Int(clamping: last.rawValue - position.rawValue)
            let limit = min(LogReading.pageRecords, rest)
            let page = try page(after: position, limit: limit, &check)
            for index in 0..<page.records.count {
                try body(try LogReading.decoded(page.records, at: index))
            }
            position = page.records.last
        }
    }

    /// The same for all records up to `last`, with progress reports. If the beginning of the log has been
    /// removed, the records that are kept of it come first.
    func records(
        upTo last: SequenceNumber, _ output: inout ReadingOutput,
        _ body: (Record, inout ReadingOutput) throws(LogError) -> Void
    ) throws(LogError) {
        output.expect(behind: origin.last, upTo: last)
        try keptRecords { record throws(LogError) in try body(record, &output) }
        try records(after: origin, through: last) { record throws(LogError) in
            output.passed(record.sequence)
            try body(record, &output)
        }
    }

    /// Calls `body` with the records before the origin that are still there, oldest first.
    func keptRecords(_ body: (Record) throws(LogError) -> Void) throws(LogError) {
        var last = SequenceNumber.zero
        while true {
            let after = last
            let kept = try asDamage { () throws(LogError) in
                try log.kept(after: after, limit: LogReading.pageRecords)
            }
            guard let end = kept.last else { return }
            for (sequence, bytes) in kept { try body(try LogReading.decoded(bytes, sequence)) }
            last = end.sequence
        }
    }

    /// The verdict on all records up to `end`, with progress reports.
    func audit(
        through end: Seal, lateMax: Duration?, scope: AuditScope, _ output: inout ReadingOutput
    ) throws(LogError) -> AuditReport {
        output.expect(behind: origin.last, upTo: end.last)
        return try asDamage { () throws(LogError) in
            try Audit.of(log, through: end, lateMax: lateMax, scope: scope) { output.passed($0) }
        }
    }

    /// The record; `nil` if the log has none with this number.
    func record(_ sequence: SequenceNumber) throws(LogError) -> Record? {
        guard sequence > .zero, sequence <= head.last else { return nil }
        let bytes = try asDamage { () throws(LogError) in try log.record(sequence) }
        return try bytes.map { bytes throws(LogError) in try LogReading.decoded(bytes, sequence) }
    }

    func payload(of generation: SequenceNumber) throws(LogError) -> [UInt8]? {
        try asDamage { () throws(LogError) in try log.payload(of: generation) }
    }

    /// The seal of the last turn that ended by record `sequence`; the genesis if there is none.
    func seal(endingBy sequence: SequenceNumber) throws(LogError) -> Seal {
        try asDamage { () throws(LogError) in
            try log.seal(endingBy: min(sequence, head.last))
        }
    }

    /// A page, or the part of it before damaged records.
    private func page(
        after position: SequenceNumber, limit: Int, _ check: inout SealCheck
    ) throws(LogError) -> LogPage {
        do throws(LogError) {
            return try wholePage(after: position, limit: limit, &check)
        } catch .damaged(let place?, let detail) {
            let good = Int(clamping: place.rawValue &- position.rawValue &- 1)
            guard place > position, (1..<limit).contains(good) else {
                throw .damaged(at: place, detail: detail)
            }
            return try wholePage(after: position, limit: good, &check)
        }
    }

    private func wholePage(
        after position: SequenceNumber, limit: Int, _ check: inout SealCheck
    ) throws(LogError) -> LogPage {
        let page = try asDamage { () throws(LogError) in
            try log.read(after: position, limit: limit)
        }
        guard !page.records.isEmpty else {
            throw .damaged(at: position.next, detail: "the record is missing")
        }
        var next = check
        try next.add(page)
        check = next
        return page
    }

    private static func decoded(
        _ records: RecordBatch, at index: Int
    ) throws(LogError) -> Record {
        try decoded(records.bytes, in: records.range(at: index), records.sequence(at: index))
    }

    static func decoded(
        _ bytes: [UInt8], in range: Range<Int>? = nil, _ sequence: SequenceNumber
    ) throws(LogError) -> Record {
        do {
            return try EventCodec.decode(bytes, in: range ?? bytes.indices, at: sequence)
        } catch {
            throw .damaged(at: sequence, detail: "\(error)")
        }
    }

    /// Reports `cannotOpen` as damage: the log was open already, so LMDB met a damaged page.
    private func asDamage<Value>(
        _ body: () throws(LogError) -> Value
    ) throws(LogError) -> Value {
        do throws(LogError) {
            return try body()
        } catch .cannotOpen(let detail) {
            throw .damaged(at: nil, detail: detail)
        }
    }
}

// Positions in the log.
extension LogReading {
    /// The first and the last record of the range; `nil` if it is empty.
    func range(_ options: RangeOptions) throws(LogError) -> ClosedRange<SequenceNumber>? {
        let first: SequenceNumber?
        switch options.from {
        case nil: first = origin.last.next
        case .record(let sequence)?: first = max(sequence, origin.last.next)
        case .instant(let instant)?: first = try search(for: instant).firstFrom?.first
        }
        let last: SequenceNumber?
        switch options.to {
        case nil: last = head.last
        case .record(let sequence)?: last = min(sequence, head.last)
        case .instant(let instant)?: last = try search(for: instant).lastUpTo?.last
        }
        guard let first, let last, first <= last else { return nil }
        return first...last
    }

    /// The seal of the turn at `point`: the turn that holds the record, or the last one taken by that
    /// instant; the log's origin if there is none.
    ///
    /// Throws a `LogError`, or a `ReadingRefusal` for a record that the log does not have.
    func turn(at point: LogPoint?) throws -> Seal {
        switch point {
        case nil: return head
        case .instant(let instant)?:
            return try search(for: instant).lastUpTo ?? origin
        case .record(let sequence)?:
            guard sequence <= head.last else {
                throw ReadingRefusal(
                    usage: "The log ends at record \(head.last); there is no \(sequence).")
            }
            guard sequence >= origin.last else {
                throw ReadingRefusal(
                    usage: "The log begins behind record \(origin.last); \(sequence) is removed.")
            }
            return try turn(of: sequence)
        }
    }

    private func turn(of sequence: SequenceNumber) throws(LogError) -> Seal {
        guard sequence > origin.last else { return origin }
        let before = SequenceNumber(sequence.rawValue - 1)
        let seals = try asDamage { () throws(LogError) in try log.seals(after: before, limit: 1) }
        guard let seal = seals.first else {
            throw .damaged(at: sequence, detail: "no turn ends with it, or behind it")
        }
        return seal
    }

    private func search(for instant: Timestamp) throws(LogError) -> InstantSearch {
        var search = InstantSearch(for: instant)
        var position = origin.last
        while position < head.last {
            let seals = try asDamage { () throws(LogError) in
                try log.seals(after: position, limit: LogReading.pageRecords)
            }
            guard let last = seals.last else { break }
            // A live writer may have added turns since.
            for seal in seals where seal.last <= head.last { search.add(seal) }
            position = last.last
        }
        return search
    }
}
