import GRPC
import NIOCore
import Testing

@Suite("Messages and frames in bytes, however they are cut")
struct FramingTests {
    private static func framed(_ message: [UInt8], compressed: UInt8 = 0) -> [UInt8] {
        [compressed] + withUnsafeBytes(of: UInt32(message.count).bigEndian) { Array($0) } + message
    }

    /// The messages in `bytes`, read in pieces of at most `size`.
    private func messages(_ bytes: [UInt8], size: Int, bytesMax: Int = 100) throws -> [[UInt8]] {
        var reader = MessageReader(bytesMax: bytesMax)
        var found: [[UInt8]] = []
        for start in stride(from: 0, to: bytes.count, by: size) {
            reader.append(ByteBuffer(bytes: bytes[start..<min(start + size, bytes.count)]))
            while let message = try reader.next() { found.append(Array(buffer: message)) }
        }
        #expect(reader.unfinishedBytes == 0)
        return found
    }

    @Test("messages come out as they went in", arguments: 1...40)
    func whole(size: Int) throws {
        let sent: [[UInt8]] = [[1, 2, 3], [], Array(repeating: 7, count: 100), [0]]
        #expect(try messages(sent.flatMap { Self.framed($0) }, size: size) == sent)
    }

    @Test("what is written can be read")
    func written() throws {
        var bytes = ByteBuffer()
        for message in [[1, 2], [], [3] as [UInt8]] {
            MessageReader.write(message.count, to: &bytes) { $0.writeBytes(message) }
        }
        #expect(try messages(Array(buffer: bytes), size: 3) == [[1, 2], [], [3]])
    }

    @Test("a message that is too large is refused by its length, before it has come")
    func tooLarge() {
        var reader = MessageReader(bytesMax: 100)
        reader.append(ByteBuffer(bytes: Self.framed(Array(repeating: 0, count: 101)).prefix(5)))
        let refusal = #expect(throws: GRPCStatus.self) { try reader.next() }
        #expect(refusal?.code == .resourceExhausted)
        #expect(refusal?.message == "the message has 101 bytes, which is more than 100")
    }

    @Test(
        "a message that says it is compressed, or says nonsense, is refused",
        arguments: [1, 2, 255])
    func compressed(flag: UInt8) {
        var reader = MessageReader(bytesMax: 100)
        reader.append(ByteBuffer(bytes: Self.framed([1], compressed: flag)))
        let refusal = #expect(throws: GRPCStatus.self) { try reader.next() }
        #expect(refusal?.code == .internalError)
    }

    private static func frame(_ kind: UInt8, _ flags: UInt8, _ stream: UInt32, _ length: Int)
        -> [UInt8]
    {
        [UInt8(length >> 16), UInt8(length >> 8 & 255), UInt8(length & 255), kind, flags]
            + withUnsafeBytes(of: stream.bigEndian) { Array($0) }
            + Array(repeating: 0xff, count: length)
    }

    @Test("headers of frames are found behind the preface", arguments: [1, 2, 8, 9, 10, 17, 1_000])
    func frames(size: Int) {
        let bytes =
            Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + Self.frame(4, 0, 0, 0)
            + Self.frame(1, 4, 0x8000_0001, 300) + Self.frame(0, 1, 1, 70_000)
            + Self.frame(99, 0, 3, 5) + Self.frame(6, 1, 0, 8)
        var headers = FrameHeaders(hasPreface: true)
        var found: [FrameHeader] = []
        for start in stride(from: 0, to: bytes.count, by: size) {
            headers.read(ByteBuffer(bytes: bytes[start..<min(start + size, bytes.count)])) {
                found.append($0)
            }
        }
        #expect(
            found == [
                FrameHeader(kind: .settings, flags: 0, streamID: 0, length: 0),
                FrameHeader(kind: .headers, flags: 4, streamID: 1, length: 300),
                FrameHeader(kind: .data, flags: 1, streamID: 1, length: 70_000),
                FrameHeader(kind: nil, flags: 0, streamID: 3, length: 5),
                FrameHeader(kind: .ping, flags: 1, streamID: 0, length: 8),
            ])
    }
}
