// Reading whole turns with everything that belongs to them, for a copy and for a verification. A
// piece of the log is read into memory in one short transaction: while a transaction is open, the
// writer cannot reuse any page freed since it began. Every row is checked; digests are not, because
// the users of a turn compute them anyway.

package import EventLog

/// A turn as a log holds it, and the seal that ends it.
package struct SealedTurn: Sendable {
    package let turn: Turn
    /// The seal as stored. Its digest has not been checked against the turn.
    package let seal: Seal

    /// Approximate bytes in memory besides its records and payloads.
    fileprivate static let overhead = 256

    /// Bytes of its records.
    package var recordBytes: Int { turn.records.bytes.count }
    /// Bytes of its payloads.
    package var payloadBytes: Int { turn.payloads.reduce(0) { $0 + $1.bytes.count } }
}

/// Consecutive turns.
package struct TurnPage: Sendable {
    package var turns: [SealedTurn] = []
    /// Why the turn after the last of these could not be read. Nothing after it was read.
    package var failure: LogError?
}

extension LMDBReader {
    /// The turns after the one that `last` ends, up to the one that ends with record `end`: always
    /// at least the first, and more while they take fewer than `bytes` of memory and are in one
    /// segment. Empty if `last` is the end.
    ///
    /// `last` and `end` must be ends of turns of this log. Throws `damaged` if the log as a whole
    /// cannot be trusted any more; a problem with one turn is the page's `failure`.
    package func turns(
        after last: Seal, through end: SequenceNumber, bytes: Int
    ) throws(LogError) -> TurnPage {
        try segments.turns(after: last, through: end, bytes: bytes)
    }
}

extension Segments {
    func turns(
        after last: Seal, through end: SequenceNumber, bytes: Int
    ) throws(LogError) -> TurnPage {
        let segment = try segment(with: last.last.next)
        return try segment.read { transaction, head throws(StoreFailure) in
            var page = TurnPage()
            var walk = try TurnWalk(
                after: last, isFirst: last == segment.rows.previous,
                through: min(end, head.last), of: transaction)
            var count = 0
            while page.turns.isEmpty || count < bytes, page.failure == nil, !walk.isAtEnd {
                do throws(StoreFailure) {
                    let turn = try walk.next()
                    count += turn.recordBytes + turn.payloadBytes + SealedTurn.overhead
                    page.turns.append(turn)
                } catch {
                    page.failure = error.onRead
                }
            }
            return page
        }
    }
}

/// Iterates over the turns inside one transaction.
private struct TurnWalk: ~Copyable {
    private typealias Row = (key: SequenceNumber, value: UnsafeRawBufferPointer)

    private let seals: Cursor
    private let records: Cursor
    private let payloads: Cursor
    private let end: SequenceNumber
    private var last: Seal
    /// The first payload not yet assigned to a turn.
    private var payload: Row?
    /// Whether the cursors are on the last rows taken.
    private var hasBegun = false

    /// `isFirst` says that the segment begins after `last`.
    init(
        after last: Seal, isFirst: Bool, through end: SequenceNumber,
        of transaction: borrowing some Transaction & ~Copyable
    ) throws(StoreFailure) {
        let seals = try Cursor(in: transaction.databases.seals, of: transaction)
        let records = try Cursor(in: transaction.databases.events, of: transaction)
        let payloads = try Cursor(in: transaction.databases.payloads, of: transaction)
        // Starts at the very first payload: one with a lower number belongs to no turn.
        payload = try payloads.move(to: isFirst ? .first : .atOrAfter(last.last.next))
        self.seals = seals
        self.records = records
        self.payloads = payloads
        self.last = last
        self.end = end
    }

    var isAtEnd: Bool { last.last >= end }

    mutating func next() throws(StoreFailure) -> SealedTurn {
        let seal = try nextSeal()
        let turn = Turn(
            records: try records(of: seal), payloads: try payloads(of: seal), time: seal.time,
            decidedThrough: seal.decidedThrough)
        last = seal
        hasBegun = true
        return SealedTurn(turn: turn, seal: seal)
    }

    private func nextSeal() throws(StoreFailure) -> Seal {
        let first = last.last.next
        guard let row = try seals.move(to: hasBegun ? .next : .atOrAfter(first)) else {
            throw .log(.damaged(at: first, detail: "the seal is missing"))
        }
        let seal = try StoredSeal(row).seal
        guard seal.first == first, seal.last >= first else {
            throw .log(
                .damaged(at: first, detail: "no seal begins where the one before has ended"))
        }
        guard seal.last <= end else {
            throw .log(.damaged(at: end, detail: "no turn ends there any more"))
        }
        return seal
    }

    private func records(of seal: Seal) throws(StoreFailure) -> RecordBatch {
        var batch = RecordBatch(first: seal.first)
        while batch.last < seal.last {
            let expected = batch.last.next
            let isFirst = !hasBegun && batch.isEmpty
            let row = try records.move(to: isFirst ? .atOrAfter(expected) : .next)
            guard let row, row.key == expected else {
                throw .log(.damaged(at: expected, detail: "the record is missing"))
            }
            guard let bytes = RecordFrame.open(row.value, at: expected) else {
                throw .log(.damaged(at: expected, detail: "the record's checksum does not fit"))
            }
            batch.append(bytes)
        }
        return batch
    }

    private mutating func payloads(of seal: Seal) throws(StoreFailure) -> [Turn.Payload] {
        var found: [Turn.Payload] = []
        while let row = payload, row.key <= seal.last {
            guard row.key >= seal.first, row.key > found.last?.generation ?? .zero else {
                throw .log(.damaged(at: row.key, detail: "a payload is out of order"))
            }
            guard let bytes = RecordFrame.open(row.value, at: row.key) else {
                throw .log(.damaged(at: row.key, detail: "the payload's checksum does not fit"))
            }
            found.append(Turn.Payload(generation: row.key, bytes: Array(bytes)))
            payload = try payloads.move(to: .next)
        }
        return found
    }
}
