// The rows of `meta`. DataFile.md has every byte of them.

import CLMDB
import EventLog

/// The contents of `meta`; written once, when the segment is created.
struct MetaRows {
    let identity: LogID
    /// When the log was created; the same in all its segments.
    let created: Timestamp
    /// The seal that the segment continues; the genesis in the log's first.
    let previous: Seal

    private static let formatName = Array("format".utf8)
    private static let identityName = Array("log id".utf8)
    private static let createdName = Array("created".utf8)
    private static let previousName = Array("previous".utf8)

    /// Name and value with its checksum.
    fileprivate var encoded: [(name: [UInt8], value: [UInt8])] {
        [
            (MetaRows.formatName, MetaRows.bytes(of: Databases.format)),
            (MetaRows.identityName, identity.bytes),
            (MetaRows.createdName, MetaRows.bytes(of: created.rawValue)),
            (MetaRows.previousName, MetaRows.bytes(of: previous)),
        ].map { (name: $0, value: $1 + MetaRows.bytes(of: MetaRows.checksum($0, $1))) }
    }

    /// Of a log's first segment, or of the one that continues `previous`.
    init(identity: LogID, created: Timestamp, continuing previous: Seal? = nil) {
        self.identity = identity
        self.created = created
        self.previous = previous ?? .genesis(of: identity)
    }

    /// Reads the rows. The format is checked first: nothing else of a newer log is read.
    init(in transaction: borrowing some Transaction & ~Copyable) throws(StoreFailure) {
        let format: UInt32 = try MetaRows.number(MetaRows.formatName, in: transaction)
        guard format <= Databases.format else {
            throw .log(.unknownFormat(found: format, supported: Databases.format))
        }
        let created: Int64 = try MetaRows.number(MetaRows.createdName, in: transaction)
        guard let identity = LogID(bytes: try MetaRows.row(MetaRows.identityName, in: transaction))
        else { throw .damaged("the log id does not have \(LogID.size) bytes") }
        // A log that was made before there were segments has no such row.
        let previous = try MetaRows.rowIfAny(MetaRows.previousName, in: transaction)
        self.init(
            identity: identity, created: Timestamp(rawValue: created),
            continuing: try previous.map(MetaRows.seal))
    }

    /// The seal's fields in the order in which they go into its digest, but for the digest itself,
    /// which is last.
    private static func bytes(of seal: Seal) -> [UInt8] {
        bytes(of: seal.first.rawValue) + bytes(of: seal.last.rawValue)
            + bytes(of: seal.time.rawValue) + bytes(of: seal.decidedThrough.rawValue) + seal.digest
    }

    private static func seal(of bytes: [UInt8]) throws(StoreFailure) -> Seal {
        guard bytes.count == 4 * 8 + Seal.digestSize else {
            throw .damaged("the row previous has another size")
        }
        func word(_ index: Int) -> UInt64 {
            bytes.withUnsafeBytes {
                UInt64(littleEndian: $0.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self))
            }
        }
        return Seal(
            first: SequenceNumber(word(0)), last: SequenceNumber(word(1)),
            time: Timestamp(rawValue: Int64(bitPattern: word(2))),
            decidedThrough: Timestamp(rawValue: Int64(bitPattern: word(3))),
            digest: Array(bytes[(4 * 8)...]))
    }

    private static func number<Number: FixedWidthInteger>(
        _ name: [UInt8], in transaction: borrowing some Transaction & ~Copyable
    ) throws(StoreFailure) -> Number {
        let bytes = try row(name, in: transaction)
        guard bytes.count == MemoryLayout<Number>.size else {
            throw .damaged("the row \(String(decoding: name, as: UTF8.self)) has another size")
        }
        return bytes.withUnsafeBytes { Number(littleEndian: $0.loadUnaligned(as: Number.self)) }
    }

    private static func row(
        _ name: [UInt8], in transaction: borrowing some Transaction & ~Copyable
    ) throws(StoreFailure) -> [UInt8] {
        guard let row = try rowIfAny(name, in: transaction) else {
            throw .damaged("the row \(String(decoding: name, as: UTF8.self)) is missing")
        }
        return row
    }

    private static func rowIfAny(
        _ name: [UInt8], in transaction: borrowing some Transaction & ~Copyable
    ) throws(StoreFailure) -> [UInt8]? {
        var key = name
        var value = MDB_val()
        let code = key.withUnsafeMutableBytes { bytes in
            var key = MDB_val(mv_size: bytes.count, mv_data: bytes.baseAddress)
            return mdb_get(transaction.handle, transaction.databases.meta, &key, &value)
        }
        let text = String(decoding: name, as: UTF8.self)
        if code == MDB_NOTFOUND { return nil }
        try check(code, "get \(text)")
        let stored = Array(UnsafeRawBufferPointer(start: value.mv_data, count: value.mv_size))
        let data = Array(stored.dropLast(RecordFrame.checksumSize))
        guard stored == data + bytes(of: checksum(name, data)) else {
            throw .damaged("the checksum of the row \(text) does not fit")
        }
        return data
    }

    /// Covers the name too, so that swapped rows are detected.
    private static func checksum(_ name: [UInt8], _ value: [UInt8]) -> UInt32 {
        (name + value).withUnsafeBytes { CRC32C.checksum($0) }
    }

    private static func bytes(of number: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: number.littleEndian) { Array($0) }
    }
}

extension Databases {
    func put(_ rows: MetaRows, in transaction: OpaquePointer) throws(StoreFailure) {
        for (name, bytes) in rows.encoded {
            var name = name
            var bytes = bytes
            let code = name.withUnsafeMutableBytes { name in
                bytes.withUnsafeMutableBytes { bytes in
                    var key = MDB_val(mv_size: name.count, mv_data: name.baseAddress)
                    var value = MDB_val(mv_size: bytes.count, mv_data: bytes.baseAddress)
                    return mdb_put(transaction, meta, &key, &value, UInt32(MDB_NOOVERWRITE))
                }
            }
            try check(code, "put a row of meta")
        }
    }
}
