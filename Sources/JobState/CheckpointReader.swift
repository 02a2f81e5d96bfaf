// Reads a checkpoint into a projection, from pieces of any size. Besides the parts, only an
// incomplete piece is kept, at most one block. No count or length decides an allocation, and
// nothing is returned before the digest over all bytes has matched.

package import EventLog

package struct CheckpointReader: Sendable {
    /// The next part of the file.
    private enum Stage: Sendable {
        case preamble
        case header
        /// The length of a block.
        case length
        case block(count: Int)
        case digest
        case end
        case refused(CheckpointError)
    }

    private let log: LogID
    private var stage = Stage.preamble
    /// Set once the header has been read.
    private var decoder: CheckpointDecoder?
    private var digest = RunningDigest()
    /// Bytes received that do not form a whole piece yet.
    private var pending: [UInt8] = []
    /// The position in the file of the first unread byte, pending or not yet received.
    private var place = 0

    /// Reads a checkpoint of `log`.
    package init(of log: LogID) { self.log = log }

    /// Reads the next bytes of the file. After a throw every further call throws the same error.
    package mutating func read(_ bytes: [UInt8]) throws(CheckpointError) {
        do throws(CheckpointError) {
            try bytes.withUnsafeBufferPointer { bytes throws(CheckpointError) in
                try take(UnsafeRawBufferPointer(bytes))
            }
        } catch {
            stage = .refused(error)
            throw error
        }
    }

    /// The contents of the file; every byte of it must have been read.
    package consuming func finish() throws(CheckpointError) -> (
        projection: JobProjection, seal: Seal
    ) {
        if case .refused(let error) = stage { throw error }
        guard case .end = stage, let decoder else {
            throw .damaged(at: place + pending.count, reason: "the file ends too early")
        }
        guard decoder.header.log == log else { throw .anotherLog(decoder.header.log) }
        return (try decoder.parts.projection(at: place), decoder.header.seal)
    }

    private mutating func take(_ bytes: UnsafeRawBufferPointer) throws(CheckpointError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let size = try pieceSize()
            if pending.isEmpty, rest.count >= size {
                let piece = rest.prefix(size)
                rest = rest.dropFirst(size)
                try read(piece: UnsafeRawBufferPointer(rebasing: piece))
                continue
            }
            let missing = rest.prefix(size - pending.count)
            pending.append(contentsOf: missing)
            rest = rest.dropFirst(missing.count)
            if pending.count == size {
                let piece = pending
                pending.removeAll()
                try piece.withUnsafeBufferPointer { piece throws(CheckpointError) in
                    try read(piece: UnsafeRawBufferPointer(piece))
                }
            }
        }
    }

    /// Size in bytes of the next piece; at least one.
    private func pieceSize() throws(CheckpointError) -> Int {
        switch stage {
        case .preamble: return CheckpointFormat.preambleBytes
        case .header: return CheckpointHeader.size
        case .length: return CheckpointFormat.lengthBytes
        case .block(let count): return count
        case .digest: return CheckpointFormat.digestBytes
        case .end: throw .damaged(at: place, reason: "the file continues after its digest")
        case .refused(let error): throw error
        }
    }

    private mutating func read(piece: UnsafeRawBufferPointer) throws(CheckpointError) {
        if case .digest = stage {
            guard piece.elementsEqual(digest.value) else {
                throw .damaged(at: place, reason: "the digest does not fit the bytes before it")
            }
            stage = .end
            place += piece.count
            return
        }
        digest.add(piece)
        var cursor = CheckpointCursor(piece, at: place)
        switch stage {
        case .preamble: stage = try Self.afterPreamble(&cursor)
        case .header:
            decoder = CheckpointDecoder(try CheckpointHeader(&cursor))
            stage = stageAfterElements
        case .length:
            let count = try cursor.word32("a block's length")
            guard count > 0, count <= TableLimits.checkpointBlockBytesMax else {
                throw .damaged(at: place, reason: "a block of \(count) bytes")
            }
            stage = .block(count: Int(count))
        case .block:
            try decoder?.read(&cursor)
            stage = stageAfterElements
        case .digest, .end, .refused: break
        }
        place += piece.count
    }

    private var stageAfterElements: Stage { decoder?.isComplete == true ? .digest : .length }

    private static func afterPreamble(_ cursor: inout CheckpointCursor) throws(CheckpointError)
        -> Stage
    {
        let magic = try cursor.bytes(CheckpointFormat.magic.count, "the magic")
        guard magic == CheckpointFormat.magic else {
            throw .damaged(at: 0, reason: "it does not begin as a checkpoint does")
        }
        let format = try cursor.word32("the format")
        guard format == CheckpointFormat.number else { throw .unknownFormat(format) }
        return .header
    }
}
