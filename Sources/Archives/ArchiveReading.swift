// Reads a file of an archive, and checks all of it on the way.

package import EventLog
import Foundation

package struct ArchiveReader {
    package let path: String
    package let header: ArchiveHeader
    private let file: FileHandle

    /// Opens the file, and reads its header. Throws `cannotOpen`, or `damaged` naming the file.
    package init(at path: String) throws(LogError) {
        self.path = path
        guard let file = FileHandle(forReadingAtPath: path) else {
            throw .cannotOpen("\(path) cannot be opened")
        }
        self.file = file
        do {
            header = try ArchiveHeader(try Self.read(ArchiveHeader.byteCount, of: file))
        } catch {
            throw Self.damage(error, path)
        }
    }

    /// Passes on the base, if there is one, and every turn with the seal it must get; then has checked the
    /// checksums of all blocks, the digest of the file and that of the last turn. Call once.
    package func read(
        base takeBase: ([UInt8]) throws(LogError) -> Void = { _ in },
        turn take: (Turn, Seal) throws(LogError) -> Void
    ) throws(LogError) {
        var last = header.previous
        var digest = RunningDigest()
        header.bytes.withUnsafeBytes { digest.add($0) }
        var base: [UInt8] = []
        do {
            blocks: while true {
                let (kind, bytes) = try block(&digest)
                switch kind {
                case .base: base += bytes
                case .turns:
                    if !base.isEmpty { try takeBase(base) }
                    base = []
                    guard let turns = TurnBlock.turns(of: bytes, after: last) else {
                        throw ArchiveDamage("the turns behind record \(last.last) cannot be read")
                    }
                    for turn in turns {
                        let seal = Self.seal(of: turn, after: last)
                        try take(turn, seal)
                        last = seal
                    }
                case .end: break blocks
                }
            }
            let expected = digest.value
            guard try Self.read(Seal.digestSize, of: file) == expected else {
                throw ArchiveDamage("its digest does not fit")
            }
            guard try (file.read(upToCount: 1) ?? Data()).isEmpty else {
                throw ArchiveDamage("something follows its digest")
            }
            guard last == header.end else {
                throw ArchiveDamage("its turns do not lead to the seal that it names")
            }
        } catch let error as LogError {
            throw error
        } catch {
            throw Self.damage(error, path)
        }
    }

    private func block(
        _ digest: inout RunningDigest
    ) throws -> (kind: ArchiveFormat.Kind, bytes: [UInt8]) {
        let head = try Self.read(ArchiveFormat.frameBytes, of: file)
        var rest = head[1...]
        let size = Int(rest.takeLittle(UInt32.self))
        let compressedSize = Int(rest.takeLittle(UInt32.self))
        let checksum = rest.takeLittle(UInt32.self)
        guard let kind = ArchiveFormat.Kind(rawValue: head[0]),
            size <= ArchiveFormat.blockBytesMax, compressedSize <= ArchiveFormat.blockBytesMax
        else { throw ArchiveDamage("there is no such block") }
        let compressed = try Self.read(compressedSize, of: file)
        guard compressed.withUnsafeBytes({ CRC32C.checksum($0) }) == checksum,
            let bytes = Zlib.decompressed(compressed, count: size)
        else { throw ArchiveDamage("the checksum of a block does not fit") }
        (head + compressed).withUnsafeBytes { digest.add($0) }
        return (kind, bytes)
    }

    private static func seal(of turn: Turn, after last: Seal) -> Seal {
        var chain = DigestChain(after: last)
        chain.add(turn.records)
        return chain.close(
            first: turn.records.first, last: turn.records.last, time: turn.time,
            decidedThrough: turn.decidedThrough)
    }

    private static func read(_ count: Int, of file: FileHandle) throws -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count {
            guard let part = try file.read(upToCount: count - bytes.count), !part.isEmpty else {
                throw ArchiveDamage("it ends too early")
            }
            bytes += part
        }
        return bytes
    }

    private static func damage(_ error: any Error, _ path: String) -> LogError {
        let reason = (error as? ArchiveDamage)?.reason ?? "\(error)"
        return .damaged(at: nil, detail: "\(path): \(reason)")
    }
}
