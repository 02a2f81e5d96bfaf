// Reads only the headers of HTTP/2 frames from a stream of bytes: which kinds of frames arrive, how
// many, and for which streams. RFC 9113, section 4.1.

package import NIOCore

package struct FrameHeader: Equatable, Sendable {
    package enum Kind: UInt8, Sendable {
        case data = 0
        case headers = 1
        case priority = 2
        case reset = 3
        case settings = 4
        case pushPromise = 5
        case ping = 6
        case goAway = 7
        case windowUpdate = 8
        case continuation = 9
    }

    package static let endStream: UInt8 = 1

    /// `nil` for an unknown kind.
    package let kind: Kind?
    package let flags: UInt8
    package let streamID: UInt32
    /// The number of bytes after the header.
    package let length: Int

    package init(kind: Kind?, flags: UInt8, streamID: UInt32, length: Int) {
        self.kind = kind
        self.flags = flags
        self.streamID = streamID
        self.length = length
    }
}

/// Finds the headers, however the bytes are split.
package struct FrameHeaders {
    private static let headerBytes = 9
    /// Bytes of the preface with which a client begins: RFC 9113, section 3.4.
    package static let prefaceBytes = 24

    /// Remaining bytes of the preface or of the last frame.
    private var toSkip: Int
    /// The first bytes of an incomplete header.
    private var begun = ByteBuffer()

    /// `hasPreface` is true for bytes from a client.
    package init(hasPreface: Bool) { toSkip = hasPreface ? FrameHeaders.prefaceBytes : 0 }

    /// Whether the last frame is complete.
    package var isBetweenFrames: Bool { toSkip == 0 && begun.readableBytes == 0 }

    /// Calls `found` with every header that `bytes` complete.
    package mutating func read(_ bytes: ByteBuffer, _ found: (FrameHeader) -> Void) {
        var rest = bytes
        while rest.readableBytes > 0 {
            let skipped = min(toSkip, rest.readableBytes)
            toSkip -= skipped
            rest.moveReaderIndex(forwardBy: skipped)
            let missing = FrameHeaders.headerBytes - begun.readableBytes
            if begun.readableBytes == 0, rest.readableBytes >= missing {
                found(header(in: &rest))
            } else if var part = rest.readSlice(length: min(missing, rest.readableBytes)) {
                begun.writeBuffer(&part)
                guard begun.readableBytes == FrameHeaders.headerBytes else { return }
                var whole = begun
                begun.clear()
                found(header(in: &whole))
            }
        }
    }

    private mutating func header(in bytes: inout ByteBuffer) -> FrameHeader {
        guard
            let (high, low, kind, flags, stream) = bytes.readMultipleIntegers(
                as: (UInt8, UInt16, UInt8, UInt8, UInt32).self)
        else { preconditionFailure("a header has nine bytes") }
        toSkip = Int(high) << 16 | Int(low)
        return FrameHeader(
            kind: FrameHeader.Kind(rawValue: kind), flags: flags, streamID: stream & 0x7fff_ffff,
            length: toSkip)
    }
}
