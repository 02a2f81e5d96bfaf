// The headers of HTTP/2's frames in a stream of bytes, and nothing else of it: what kinds of frames
// come, how many, of which streams. RFC 9113, section 4.1.

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

    /// `nil` for one that is not known.
    package let kind: Kind?
    package let flags: UInt8
    package let streamID: UInt32
    /// Bytes that follow.
    package let length: Int

    package init(kind: Kind?, flags: UInt8, streamID: UInt32, length: Int) {
        self.kind = kind
        self.flags = flags
        self.streamID = streamID
        self.length = length
    }
}

/// Finds the headers, however the bytes are cut into pieces.
package struct FrameHeaders {
    private static let headerBytes = 9
    /// What a client begins with: RFC 9113, section 3.4.
    package static let prefaceBytes = 24

    /// Bytes that belong to the preface or to the frame whose header was the last.
    private var toSkip: Int
    /// The first bytes of a header whose others have not come.
    private var begun = ByteBuffer()

    /// `hasPreface` of bytes that a client sends.
    package init(hasPreface: Bool) { toSkip = hasPreface ? FrameHeaders.prefaceBytes : 0 }

    /// Whether all of the last frame has come.
    package var isBetweenFrames: Bool { toSkip == 0 && begun.readableBytes == 0 }

    /// Hands every header that is completed by `bytes` to `found`.
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
