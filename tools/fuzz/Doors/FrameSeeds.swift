// Connections to begin with: calls as clients make them, answers as apps give them, and one of every frame.

import NIOCore
import NIOHPACK

enum FrameSeeds {
    static var all: [(name: String, bytes: [UInt8])] {
        [
            ("unary", fromClient + call("/s/u", 1) + data(1, message([10, 0]), isLast: true)),
            (
                "two-calls",
                fromClient + call("/s/u", 1) + call("/s/u", 3)
                    + data(3, message([]), isLast: true) + data(1, message([]), isLast: true)
            ),
            (
                "stream",
                fromClient + call("/s/s", 1) + data(1, message([10, 0]) + message([]))
                    + data(1, message([10, 0]), isLast: true)
            ),
            ("timeout", fromClient + call("/s/u", 1, [("grpc-timeout", "-1S")])),
            ("deadline", fromClient + call("/s/u", 1, [("grpc-timeout", "1n")])),
            ("compressed", fromClient + call("/s/u", 1, [("grpc-encoding", "gzip")])),
            ("unfinished", fromClient + call("/s/u", 1) + data(1, [0, 0, 0, 3, 0, 1, 2])),
            ("reset", fromClient + call("/s/s", 1) + frame(3, 0, 1, [0, 0, 0, 8])),
            (
                "control",
                fromClient + frame(6, 0, 0, Array(repeating: 7, count: 8))
                    + frame(4, 1, 0, []) + frame(8, 0, 0, [0, 0, 1, 0])
                    + frame(2, 0, 3, [0, 0, 0, 0, 9])
                    + frame(99, 0, 0, [1]) + frame(7, 0, 0, Array(repeating: 0, count: 8))
            ),
            (
                "answer",
                fromApp + headers(1, head) + data(1, message([]))
                    + headers(1, [("grpc-status", "0")], isLast: true)
            ),
            ("refusal", fromApp + headers(1, head + [("grpc-status", "5")], isLast: true)),
            ("unavailable", fromApp + headers(1, [(":status", "503")], isLast: true)),
            ("goodbye", fromApp + frame(7, 0, 0, [0, 0, 0, 0, 0, 0, 0, 0])),
            ("refused-stream", fromApp + frame(3, 0, 1, [0, 0, 0, 7])),
        ]
    }

    // In pieces of 33 bytes.
    private static let fromClient: [UInt8] = [4]
    private static let fromApp: [UInt8] = [5]
    private static let head = [(":status", "200"), ("content-type", "application/grpc")]

    private static func call(
        _ path: String, _ stream: UInt8, _ more: [(String, String)] = []
    ) -> [UInt8] {
        let fields = [
            (":method", "POST"), (":scheme", "http"), (":path", path), (":authority", "a"),
            ("content-type", "application/grpc"), ("te", "trailers"),
        ]
        return headers(stream, fields + more)
    }

    private static func headers(
        _ stream: UInt8, _ fields: [(String, String)], isLast: Bool = false
    ) -> [UInt8] {
        // Without a table of what was sent before, so that each frame can be read alone.
        var encoder = HPACKEncoder(
            allocator: ByteBufferAllocator(), useHuffmanEncoding: false, maxDynamicTableSize: 0)
        var block = ByteBuffer()
        try? encoder.encode(headers: HPACKHeaders(fields), to: &block)
        return frame(1, isLast ? 5 : 4, stream, Array(buffer: block))
    }

    private static func data(_ stream: UInt8, _ bytes: [UInt8], isLast: Bool = false) -> [UInt8] {
        frame(0, isLast ? 1 : 0, stream, bytes)
    }

    private static func message(_ bytes: [UInt8]) -> [UInt8] {
        [0, 0, 0, 0, UInt8(bytes.count)] + bytes
    }

    private static func frame(
        _ kind: UInt8, _ flags: UInt8, _ stream: UInt8, _ bytes: [UInt8]
    ) -> [UInt8] {
        [0, 0, UInt8(bytes.count), kind, flags, 0, 0, 0, stream] + bytes
    }
}
