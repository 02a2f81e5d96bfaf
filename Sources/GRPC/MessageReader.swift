// Reads messages from the bytes of a stream: each is preceded by a byte for compression and four
// bytes of length, and may span any number of frames.

package import NIOCore

package struct MessageReader {
    private static let prefixBytes = 5

    /// The most bytes of a message.
    private let bytesMax: Int
    private var bytes = ByteBuffer()

    package init(bytesMax: Int) { self.bytesMax = bytesMax }

    /// Bytes of messages that are incomplete or not yet taken.
    package var unfinishedBytes: Int { bytes.readableBytes }

    package mutating func append(_ more: ByteBuffer) {
        if bytes.readableBytes == 0 {
            bytes = more
        } else {
            var more = more
            bytes.writeBuffer(&more)
        }
    }

    /// The next message, once it is complete.
    package mutating func next() throws(GRPCStatus) -> ByteBuffer? {
        guard let count = try announced(), bytes.readableBytes >= count else { return nil }
        bytes.moveReaderIndex(forwardBy: MessageReader.prefixBytes)
        let message = bytes.readSlice(length: count - MessageReader.prefixBytes)
        if bytes.readableBytes == 0 { bytes = ByteBuffer() }
        return message
    }

    /// The length of the next message including its prefix, once known. Throws if the message is
    /// too large, or compressed: a call that names a compression has already been rejected for its
    /// headers.
    package func announced() throws(GRPCStatus) -> Int? {
        guard let compressed = bytes.getInteger(at: bytes.readerIndex, as: UInt8.self),
            let length = bytes.getInteger(at: bytes.readerIndex + 1, as: UInt32.self)
        else { return nil }
        guard compressed == 0 else {
            throw GRPCStatus(
                .internalError,
                compressed == 1
                    ? "a message is compressed, and the call does not say how"
                    : "a message begins with \(compressed), which is neither 0 nor 1")
        }
        guard length <= bytesMax else {
            throw GRPCStatus(
                .resourceExhausted,
                "the message has \(length) bytes, which is more than \(bytesMax)")
        }
        return MessageReader.prefixBytes + Int(length)
    }

    /// Writes a message of `count` bytes with its prefix; `write` appends the bytes.
    package static func write(
        _ count: Int, to buffer: inout ByteBuffer, _ write: (inout ByteBuffer) -> Void
    ) {
        buffer.writeInteger(UInt8(0))
        buffer.writeInteger(UInt32(count))
        write(&buffer)
    }
}
