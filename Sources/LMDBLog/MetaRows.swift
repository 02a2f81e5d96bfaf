// The rows of `meta`. DataFile.md has every byte of them.

import CLMDB
import EventLog

/// The contents of `meta`; written once, when the log is created.
struct MetaRows {
    let identity: LogID
    let created: Timestamp

    private static let formatName = Array("format".utf8)
    private static let identityName = Array("log id".utf8)
    private static let createdName = Array("created".utf8)

    /// Name and value with its checksum.
    fileprivate var encoded: [(name: [UInt8], value: [UInt8])] {
        [
            (MetaRows.formatName, MetaRows.bytes(of: Databases.format)),
            (MetaRows.identityName, identity.bytes),
            (MetaRows.createdName, MetaRows.bytes(of: created.rawValue)),
        ].map { (name: $0, value: $1 + MetaRows.bytes(of: MetaRows.checksum($0, $1))) }
    }

    init(identity: LogID, created: Timestamp) {
        self.identity = identity
        self.created = created
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
        self.init(identity: identity, created: Timestamp(rawValue: created))
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
        var key = name
        var value = MDB_val()
        let code = key.withUnsafeMutableBytes { bytes in
            var key = MDB_val(mv_size: bytes.count, mv_data: bytes.baseAddress)
            return mdb_get(transaction.handle, transaction.databases.meta, &key, &value)
        }
        let text = String(decoding: name, as: UTF8.self)
        if code == MDB_NOTFOUND { throw .damaged("the row \(text) is missing") }
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
