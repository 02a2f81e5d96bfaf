// Writes a segment as a file of an archive. It is durable and complete under its name, or not there.

package import EventLog
import Foundation
import Glibc
package import LMDBLog

/// A file of an archive that is there.
package struct ArchivedSegment: Equatable, Sendable {
    package let name: String
    /// SHA-256 of the file.
    package let digest: [UInt8]
    package let bytes: Int
}

package enum ArchiveWriter {
    private static let unfinished = ".unfinished"

    /// The turns after a seal, up to a record, of about so many bytes.
    package typealias Turns = (Seal, SequenceNumber, Int) throws(LogError) -> TurnPage

    /// Writes a segment into `directory`, which must exist. A file of its name that is there already must
    /// have the same bytes. Returns when the file survives a power cut. `base` is the file of the segment's base,
    /// if the log begins with it.
    ///
    /// Throws `cannotOpen` if the directory cannot be used, `notStored` if its disk is full, and what `turns`
    /// throws.
    package static func write(
        _ header: ArchiveHeader, base: [UInt8]?, into directory: String, turns: Turns
    ) throws(LogError) -> ArchivedSegment {
        let path = "\(directory)/\(header.name)"
        let building = path + unfinished
        let file = try OutputFile(at: building)
        do throws(LogError) {
            let digest = try write(header, base, to: file, turns)
            try file.sync()
            if access(path, F_OK) == 0 {
                unlink(building)
                guard try digestOfFile(at: path) == digest else {
                    throw .cannotOpen("\(path) is there already, and is another file")
                }
            } else {
                guard rename(building, path) == 0 else {
                    throw OutputFile.failure("rename", building)
                }
            }
            try OutputFile.syncDirectory(directory)
            return ArchivedSegment(
                name: header.name, digest: digest, bytes: file.byteCount)
        } catch {
            unlink(building)
            throw error
        }
    }

    private static func write(
        _ header: ArchiveHeader, _ base: [UInt8]?, to file: OutputFile, _ turns: Turns
    ) throws(LogError) -> [UInt8] {
        try file.write(header.bytes)
        if let base {
            for start in stride(from: 0, to: base.count, by: ArchiveFormat.blockBytes) {
                let end = min(start + ArchiveFormat.blockBytes, base.count)
                try file.write(frame(.base, Array(base[start..<end])))
            }
        }
        var block = TurnBlock(after: header.previous)
        while block.last.last < header.end.last {
            let page = try turns(block.last, header.end.last, ArchiveFormat.blockBytes)
            if let failure = page.failure { throw failure }
            guard !page.turns.isEmpty else {
                throw .damaged(at: block.last.last.next, detail: "the turn is missing")
            }
            for turn in page.turns {
                block.add(turn)
                guard block.contentBytes >= ArchiveFormat.blockBytes else { continue }
                try file.write(frame(.turns, block.bytes))
                block = TurnBlock(after: block.last)
            }
        }
        if block.turns > 0 { try file.write(frame(.turns, block.bytes)) }
        guard block.last == header.end else {
            throw .damaged(at: header.end.last, detail: "the seal there is another")
        }
        try file.write(frame(.end, []))
        let digest = file.digest
        try file.write(digest)
        return file.digest
    }

    private static func frame(_ kind: ArchiveFormat.Kind, _ bytes: [UInt8]) -> [UInt8] {
        let compressed = Zlib.compressed(bytes)
        var frame: [UInt8] = [kind.rawValue]
        frame.append(little: UInt32(bytes.count))
        frame.append(little: UInt32(compressed.count))
        frame.append(little: compressed.withUnsafeBytes { CRC32C.checksum($0) })
        return frame + compressed
    }

    private static func digestOfFile(at path: String) throws(LogError) -> [UInt8] {
        guard let file = FileHandle(forReadingAtPath: path) else {
            throw OutputFile.failure("open", path)
        }
        var digest = RunningDigest()
        do {
            while let part = try file.read(upToCount: 1 << 20), !part.isEmpty {
                part.withUnsafeBytes { digest.add($0) }
            }
        } catch {
            throw .cannotOpen("\(path) cannot be read: \(error)")
        }
        return digest.value
    }
}

/// A file that is written once, from the beginning.
private final class OutputFile {
    private let descriptor: Int32
    private let path: String
    private var running = RunningDigest()
    private(set) var byteCount = 0

    init(at path: String) throws(LogError) {
        self.path = path
        descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw OutputFile.failure("make", path) }
    }

    deinit { close(descriptor) }

    /// SHA-256 of everything written so far.
    var digest: [UInt8] { running.value }

    func write(_ bytes: [UInt8]) throws(LogError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw OutputFile.failure("write", path) }
            rest = rest.dropFirst(count)
        }
        bytes.withUnsafeBytes { running.add($0) }
        byteCount += bytes.count
    }

    func sync() throws(LogError) {
        guard fsync(descriptor) == 0 else { throw OutputFile.failure("sync", path) }
    }

    static func syncDirectory(_ path: String) throws(LogError) {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("open", path) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure("sync", path) }
    }

    static func failure(_ action: String, _ path: String) -> LogError {
        let code = errno
        let reason = "cannot \(action) \(path): \(String(cString: strerror(code)))"
        return code == ENOSPC || code == EDQUOT
            ? .notStored(.full, detail: reason) : .cannotOpen(reason)
    }
}
