// One LMDB environment of a log, with the reads of it that a log offers. LMDB must not open a file
// twice in one process while it may be written, so the writer and the readers of its process share
// the environment.

import EventLog

/// A segment that is open; closed when the last holder releases it.
// Safe because threads may share an environment: each read has a transaction of its own, which
// MDB_NOTLS binds to no thread, and only the writer's thread begins one that writes. Growing the
// map is the one call that needs an environment without transactions; only environments opened for
// reading make it, because nobody else appends to this one.
final class Segment: @unchecked Sendable {
    let environment: Environment
    let rows: MetaRows

    /// Checks that head and records fit together.
    init(_ environment: consuming Environment) throws(StoreFailure) {
        rows = try environment.read { transaction throws(StoreFailure) in
            let rows = try MetaRows(in: transaction)
            try transaction.checkEnds(after: rows.previous)
            return rows
        }
        self.environment = environment
    }

    /// The number of its first record, whether or not it has one yet.
    var first: SequenceNumber { rows.previous.last.next }

    /// Runs `body` on the current state, whose last seal it gets.
    func read<Value>(
        _ body: (borrowing ReadTransaction, _ head: Seal) throws(StoreFailure) -> Value
    ) throws(LogError) -> Value {
        do throws(StoreFailure) {
            return try environment.read { transaction throws(StoreFailure) in
                try body(transaction, try transaction.lastSeal(after: rows.previous))
            }
        } catch { throw error.onRead }
    }
}

extension Segment {
    /// The last seal; that of the segment before while there is none.
    func head() throws(LogError) -> Seal { try read { _, head in head } }

    /// The records after `sequence`, as `LogReader.read(after:limit:)` gives them, but only those of
    /// this segment. `limit` is bounded already.
    func page(after sequence: SequenceNumber, limit: Int) throws(LogError) -> LogPage {
        try read { transaction, head throws(StoreFailure) in
            try transaction.page(after: sequence, limit: limit, upTo: head.last)
        }
    }

    func record(_ sequence: SequenceNumber) throws(LogError) -> [UInt8]? {
        try read { transaction, head throws(StoreFailure) in
            sequence > head.last ? nil : try transaction.record(sequence)
        }
    }

    func payload(of generation: SequenceNumber) throws(LogError) -> [UInt8]? {
        try read { transaction, _ throws(StoreFailure) in
            try transaction.payload(of: generation)
        }
    }

    /// The seals after record `sequence`, at most `limit`.
    func seals(after sequence: SequenceNumber, limit: Int) throws(LogError) -> [Seal] {
        try read { transaction, _ throws(StoreFailure) in
            let cursor = try Cursor(in: transaction.databases.seals, of: transaction)
            var seals: [Seal] = []
            var row = try cursor.move(to: .atOrAfter(sequence.next))
            while let found = row, seals.count < limit {
                seals.append(try StoredSeal(found).seal)
                row = try cursor.move(to: .next)
            }
            return seals
        }
    }

    /// The seal of the last turn that ends at or before record `sequence`, which may be the one that
    /// the segment continues.
    func seal(endingBy sequence: SequenceNumber) throws(LogError) -> Seal {
        try read { transaction, head throws(StoreFailure) in
            guard sequence < head.last else { return head }
            let cursor = try Cursor(in: transaction.databases.seals, of: transaction)
            var row = try cursor.move(to: .atOrAfter(sequence))
            if let found = row, found.key > sequence { row = try cursor.move(to: .previous) }
            guard let row else { return rows.previous }
            return try StoredSeal(row).seal
        }
    }

    /// The first payload behind the last turn, where no turn can have written one.
    func payloadBehindHead() throws(LogError) -> SequenceNumber? {
        try read { transaction, head throws(StoreFailure) in
            let cursor = try Cursor(in: transaction.databases.payloads, of: transaction)
            return try cursor.move(to: .atOrAfter(head.last.next))?.key
        }
    }
}
