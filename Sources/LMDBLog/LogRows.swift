// Reading records, seals and payloads inside a transaction: every row is checked every time it is
// read, because LMDB returns flipped bits as good data.

import CLMDB
import EventLog

/// A seal as stored, with the number of the LMDB transaction that wrote it.
///
/// Each transaction after the one that made the segment appends a turn (or many, where a copy is
/// made), so the last seal's transaction number must be the one in the newer meta page. This
/// catches what no other check can: one flipped bit in that page's tree root that shows the log as
/// it was one transaction ago, with every checksum and digest correct.
struct StoredSeal {
    let seal: Seal
    let transaction: UInt64

    /// Bytes of the row without the checksum.
    private static let size = 4 * 8 + Seal.digestSize

    init(_ seal: Seal, transaction: UInt64) {
        self.seal = seal
        self.transaction = transaction
    }

    init(_ row: (key: SequenceNumber, value: UnsafeRawBufferPointer)) throws(StoreFailure) {
        guard
            let bytes = RecordFrame.open(row.value, at: row.key), bytes.count == StoredSeal.size
        else {
            throw .log(
                .damaged(at: row.key, detail: "the checksum of the seal there does not fit"))
        }
        func word(_ index: Int) -> UInt64 {
            UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self))
        }
        seal = Seal(
            first: SequenceNumber(word(0)), last: row.key,
            time: Timestamp(rawValue: Int64(bitPattern: word(1))),
            decidedThrough: Timestamp(rawValue: Int64(bitPattern: word(2))),
            digest: Array(bytes[(4 * 8)...]))
        transaction = word(3)
    }

    var encoded: [UInt8] {
        var bytes = [UInt8]()
        bytes.reserveCapacity(StoredSeal.size)
        for word in [
            seal.first.rawValue, UInt64(bitPattern: seal.time.rawValue),
            UInt64(bitPattern: seal.decidedThrough.rawValue), transaction,
        ] {
            withUnsafeBytes(of: word.littleEndian) { bytes.append(contentsOf: $0) }
        }
        return bytes + seal.digest
    }
}

extension Transaction where Self: ~Copyable {
    /// The last seal, which is `previous` in a segment that has none yet. Throws `damaged` if the
    /// last committed transaction did not append it.
    func lastSeal(after previous: Seal) throws(StoreFailure) -> Seal {
        let row = try Cursor(in: databases.seals, of: self).move(to: .last)
        let stored = try row.map { row throws(StoreFailure) in try StoredSeal(row) }
        // The first transaction creates the databases; every later one ends with a turn.
        guard stored?.transaction ?? 1 == committed else {
            throw .damaged(
                "the last turn belongs to transaction \(stored?.transaction ?? 1), but "
                    + "\(committed) was committed")
        }
        return stored?.seal ?? previous
    }

    /// The quick check when a segment is opened that continues `previous`: the head and both ends of
    /// the records must agree.
    func checkEnds(after previous: Seal) throws(StoreFailure) {
        let first = previous.last.next
        let head = try lastSeal(after: previous)
        let cursor = try Cursor(in: databases.events, of: self)
        let begin = try cursor.move(to: .first)
        let end = try cursor.move(to: .last)
        let count = try rowCount(of: databases.events)
        guard head.last >= first else {
            guard head == previous, begin == nil, count == 0 else {
                throw .log(.damaged(at: first, detail: "there is a record in a log without a seal"))
            }
            return
        }
        guard let begin, begin.key == first else {
            throw .log(.damaged(at: first, detail: "the first record is missing"))
        }
        guard let end, end.key == head.last else {
            throw .log(.damaged(at: head.last, detail: "the last record and seal do not meet"))
        }
        guard head.first >= first, head.first <= head.last,
            count == head.last.rawValue - first.rawValue + 1
        else {
            throw .log(
                .damaged(at: nil, detail: "\(count) records do not reach \(first) to \(head.last)"))
        }
    }

    /// The records after `sequence`, at most `limit`, up to `head`, the last one.
    func page(
        after sequence: SequenceNumber, limit: Int, upTo head: SequenceNumber
    ) throws(StoreFailure) -> LogPage {
        var page = LogPage(records: RecordBatch(first: sequence.next), seals: [])
        guard sequence < head, limit > 0 else { return page }
        let count = Int(clamping: min(head.rawValue - sequence.rawValue, UInt64(limit)))
        let records = try Cursor(in: databases.events, of: self)
        page.records.reserve(records: count, bytes: 0)
        for index in 0..<count {
            let expected = page.records.sequence(at: index)
            let row = try records.move(to: index == 0 ? .atOrAfter(expected) : .next)
            guard let row, row.key == expected else {
                throw .log(.damaged(at: expected, detail: "the record is missing"))
            }
            guard let bytes = RecordFrame.open(row.value, at: expected) else {
                throw .log(.damaged(at: expected, detail: "the record's checksum does not fit"))
            }
            page.records.append(bytes)
        }
        let seals = try Cursor(in: databases.seals, of: self)
        var row = try seals.move(to: .atOrAfter(sequence.next))
        while let found = row, found.key <= page.records.last {
            page.seals.append(try StoredSeal(found).seal)
            row = try seals.move(to: .next)
        }
        return page
    }

    func record(_ sequence: SequenceNumber) throws(StoreFailure) -> [UInt8]? {
        guard let stored = try value(of: sequence.rawValue, in: databases.events) else {
            return nil
        }
        guard let bytes = RecordFrame.open(stored, at: sequence) else {
            throw .log(.damaged(at: sequence, detail: "the record's checksum does not fit"))
        }
        return Array(bytes)
    }

    func payload(of generation: SequenceNumber) throws(StoreFailure) -> [UInt8]? {
        guard let stored = try value(of: generation.rawValue, in: databases.payloads) else {
            return nil
        }
        guard let bytes = RecordFrame.open(stored, at: generation) else {
            throw .log(.damaged(at: generation, detail: "the payload's checksum does not fit"))
        }
        return Array(bytes)
    }
}
