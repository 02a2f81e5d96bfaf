// A segment of a log as one file that nobody changes: `<log id>-<first>-<last>.daybook`. It holds everything that the
// segment does but for the digests of its turns, which are computed again when it is read: only the last
// one is in it, which all of them together must give. ArchiveFile.md has every byte of it.

package import EventLog
import Foundation

/// What an archive's file holds, as its name and its header say.
package struct ArchiveHeader: Equatable, Sendable {
    package let identity: LogID
    /// When the log was made.
    package let created: Timestamp
    /// The seal that the segment continues, and its last.
    package let previous: Seal
    package let end: Seal
    /// Whether the base is in it on which the log rested when it began there.
    package let hasBase: Bool

    package init(
        identity: LogID, created: Timestamp, previous: Seal, end: Seal, hasBase: Bool
    ) {
        self.identity = identity
        self.created = created
        self.previous = previous
        self.end = end
        self.hasBase = hasBase
    }

    package var first: SequenceNumber { previous.last.next }

    /// The file's name: the log's id in hexadecimal, the first record and the last.
    package var name: String {
        let digits = identity.bytes.map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
        return "\(digits)-\(Self.padded(first))-\(Self.padded(end.last))\(Self.suffix)"
    }

    package static let suffix = ".daybook"

    /// So that names sort as numbers do.
    private static func padded(_ sequence: SequenceNumber) -> String {
        let digits = "\(sequence)"
        return String(repeating: "0", count: 20 - digits.count) + digits
    }
}

/// The format of an archive's file.
enum ArchiveFormat {
    static let magic = Array("DaybookA".utf8)
    static let number: UInt32 = 0
    /// Bytes that are compressed together.
    static let blockBytes = 1 << 20
    /// The most that a block may say it has: a turn has at most 8 MiB, and is in one block.
    static let blockBytesMax = 64 << 20
    static let sealBytes = 64
    static let headerBytes = LogID.size + 8 + 2 * sealBytes + 1
    /// Kind, bytes, bytes compressed, checksum.
    static let frameBytes = 1 + 4 + 4 + 4

    enum Kind: UInt8 {
        case turns = 1
        case base = 2
        /// Behind everything but the digest.
        case end = 3
    }
}

extension ArchiveHeader {
    var bytes: [UInt8] {
        var bytes = ArchiveFormat.magic
        bytes.append(little: ArchiveFormat.number)
        bytes += identity.bytes
        bytes.append(little: created.rawValue)
        for seal in [previous, end] {
            bytes.append(little: seal.first.rawValue)
            bytes.append(little: seal.last.rawValue)
            bytes.append(little: seal.time.rawValue)
            bytes.append(little: seal.decidedThrough.rawValue)
            bytes += seal.digest
        }
        bytes.append(hasBase ? 1 : 0)
        return bytes
    }

    static let byteCount = ArchiveFormat.magic.count + 4 + ArchiveFormat.headerBytes

    /// Throws a sentence that says what is wrong.
    init(_ bytes: [UInt8]) throws(ArchiveDamage) {
        guard bytes.count == Self.byteCount, bytes.starts(with: ArchiveFormat.magic) else {
            throw ArchiveDamage("it does not begin as an archive does")
        }
        var rest = bytes[ArchiveFormat.magic.count...]
        let format = rest.takeLittle(UInt32.self)
        guard format == ArchiveFormat.number else {
            throw ArchiveDamage(
                "its format is \(format), and this program reads \(ArchiveFormat.number)")
        }
        guard let identity = LogID(bytes: Array(rest.prefix(LogID.size))) else {
            throw ArchiveDamage("it has no log id")
        }
        self.identity = identity
        rest = rest.dropFirst(LogID.size)
        created = Timestamp(rawValue: rest.takeLittle(Int64.self))
        var seals: [Seal] = []
        for _ in 0..<2 {
            let (first, last) = (rest.takeLittle(UInt64.self), rest.takeLittle(UInt64.self))
            let (time, decided) = (rest.takeLittle(Int64.self), rest.takeLittle(Int64.self))
            seals.append(
                Seal(
                    first: SequenceNumber(first), last: SequenceNumber(last),
                    time: Timestamp(rawValue: time), decidedThrough: Timestamp(rawValue: decided),
                    digest: Array(rest.prefix(Seal.digestSize))))
            rest = rest.dropFirst(Seal.digestSize)
        }
        (previous, end) = (seals[0], seals[1])
        guard let flag = rest.first, flag <= 1 else {
            throw ArchiveDamage("it does not say whether a base is in it")
        }
        hasBase = flag == 1
        guard end.last > previous.last else { throw ArchiveDamage("it holds no record") }
    }
}

/// What is wrong with a file of an archive.
package struct ArchiveDamage: Error, Sendable {
    package let reason: String
    package init(_ reason: String) { self.reason = reason }
}

extension [UInt8] {
    mutating func append<Number: FixedWidthInteger>(little number: Number) {
        Swift.withUnsafeBytes(of: number.littleEndian) { append(contentsOf: $0) }
    }
}

extension ArraySlice<UInt8> {
    /// The bytes must be there.
    mutating func takeLittle<Number: FixedWidthInteger>(_: Number.Type) -> Number {
        let size = MemoryLayout<Number>.size
        let number = prefix(size).reversed().reduce(Number(0)) { ($0 << 8) | Number($1) }
        self = dropFirst(size)
        return number
    }
}
