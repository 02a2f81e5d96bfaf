// What a log rests on whose beginning has been removed: the records and payloads that are still asked
// for, and what its readers have to know where it begins now. It never changes, and goes with the
// segment that it lies in.

import EventLog

/// A base that is open.
// Safe because each read has a transaction of its own, which MDB_NOTLS binds to no thread, and nobody
// ever writes into it.
final class Base: @unchecked Sendable {
    private let environment: Environment
    private let rows: MetaRows

    /// Bytes of a state in a row.
    static let blockBytes = 256 << 10

    /// The base of the segment that begins with record `first`; `nil` if it has none. Throws
    /// `damaged` unless it is of log `identity` and stands at `seal`.
    static func find(
        in directory: DataDirectory, first: SequenceNumber, of identity: LogID, at seal: Seal
    ) throws(StoreFailure) -> Base? {
        let path = directory.basePath(first)
        guard FileSystem.exists(path) else { return nil }
        let pages = try MetaPages.check(path: path + "/data.mdb", attempts: 1)
        let base = try Base(
            Environment(
                at: path, access: .readSealed, holds: .base,
                mapSize: (Int(pages.lastPage) + 1) * pages.pageSize))
        guard base.rows.identity == identity else {
            throw .log(.damaged(at: first, detail: "the base there belongs to another log"))
        }
        guard base.rows.previous == seal else {
            throw .log(
                .damaged(
                    at: first,
                    detail: "the base there is the one behind record \(base.rows.previous.last)"))
        }
        return base
    }

    private init(_ environment: consuming Environment) throws(StoreFailure) {
        rows = try environment.read { transaction throws(StoreFailure) in
            try MetaRows(in: transaction)
        }
        self.environment = environment
    }

    /// A record on which what follows rests; `nil` for any other.
    func record(_ sequence: SequenceNumber) throws(LogError) -> [UInt8]? {
        try read { transaction throws(StoreFailure) in try transaction.record(sequence) }
    }

    /// The records after `sequence`, at most `limit`.
    func records(
        after sequence: SequenceNumber, limit: Int
    ) throws(LogError) -> [(sequence: SequenceNumber, bytes: [UInt8])] {
        try read { transaction throws(StoreFailure) in
            let cursor = try Cursor(in: transaction.databases.events, of: transaction)
            var found: [(sequence: SequenceNumber, bytes: [UInt8])] = []
            var row = try cursor.move(to: .atOrAfter(sequence.next))
            while let next = row, found.count < limit {
                guard let bytes = RecordFrame.open(next.value, at: next.key) else {
                    throw .log(
                        .damaged(at: next.key, detail: "the record's checksum does not fit"))
                }
                found.append((next.key, Array(bytes)))
                row = try cursor.move(to: .next)
            }
            return found
        }
    }

    func payload(of generation: SequenceNumber) throws(LogError) -> [UInt8]? {
        try read { transaction throws(StoreFailure) in
            try transaction.payload(of: generation)
        }
    }

    func state(_ state: BaseState) throws(LogError) -> [UInt8] {
        try read { transaction throws(StoreFailure) in
            let cursor = try Cursor(in: transaction.databases.seals, of: transaction)
            var bytes: [UInt8] = []
            var key = Base.key(of: 0, in: state)
            var row = try cursor.move(to: .atOrAfter(key))
            while let found = row, found.key == key {
                guard let block = RecordFrame.open(found.value, at: key) else {
                    throw .log(
                        .damaged(
                            at: rows.previous.last,
                            detail: "the checksum of the base's \(state) does not fit"))
                }
                bytes.append(contentsOf: block)
                key = key.next
                row = try cursor.move(to: .next)
            }
            guard !bytes.isEmpty else {
                throw .log(
                    .damaged(at: rows.previous.last, detail: "the base has no \(state)"))
            }
            return bytes
        }
    }

    /// SHA-256 of the log's id, the digest of the seal where the base stands, the records and the states.
    /// Payloads are not part of it: records hold their digests.
    func digest() throws(LogError) -> [UInt8] {
        var digest = RunningDigest()
        (rows.identity.bytes + rows.previous.digest).withUnsafeBytes { digest.add($0) }
        try read { transaction throws(StoreFailure) in
            for database in [transaction.databases.events, transaction.databases.seals] {
                let cursor = try Cursor(in: database, of: transaction)
                var row = try cursor.move(to: .first)
                while let found = row {
                    guard let bytes = RecordFrame.open(found.value, at: found.key) else {
                        throw .log(
                            .damaged(
                                at: rows.previous.last,
                                detail: "the checksum of a row of the base does not fit"))
                    }
                    RecordFrame.withHeader(found.key, count: bytes.count) { digest.add($0) }
                    digest.add(bytes)
                    row = try cursor.move(to: .next)
                }
            }
        }
        return digest.value
    }

    /// The key of a row with a block of a state.
    static func key(of block: Int, in state: BaseState) -> SequenceNumber {
        SequenceNumber(state.rawValue << 32 | UInt64(block))
    }

    private func read<Value>(
        _ body: (borrowing ReadTransaction) throws(StoreFailure) -> Value
    ) throws(LogError) -> Value {
        do throws(StoreFailure) { return try environment.read(body) } catch { throw error.onRead }
    }
}
