// A connection's bytes, from whoever connects to a listener for gRPC and from an app that is called: they
// go through SwiftNIO's HTTP/2 and our handlers as they would on a socket.

import DaprProtos
import GRPC
import NIOCore
import NIOEmbedded
import SwiftProtobuf
import Synchronization

enum FramesDoor {
    /// The lowest bit of the first byte says from whom the others come, and its other bits how they
    /// are cut into pieces. What every connection begins with stands in front of them.
    static func enter(_ input: [UInt8]) throws(Breach) -> Door.Verdict {
        guard let first = input.first else { return .refused }
        let size = 1 + 16 * Int(first >> 1)
        let bytes = Array(input.dropFirst())
        let pieces = stride(from: 0, to: bytes.count, by: size).map {
            ByteBuffer(bytes: bytes[$0..<min($0 + size, bytes.count)])
        }
        let all = [ByteBuffer(bytes: settings)] + pieces
        return first & 1 == 0 ? try serve(all) : try call(all)
    }

    private static let settings: [UInt8] = [0, 0, 0, 4, 0, 0, 0, 0, 0]

    /// What a listener makes of them.
    private static func serve(_ pieces: [ByteBuffer]) throws(Breach) -> Door.Verdict {
        let tally = Tally()
        var methods = GRPCMethods()
        methods.unary("/s/u", bytesMax: 1_000) {
            (_: Message, _, reply: @escaping GRPCReply<Message>) in
            reply(.success(.init()))
        }
        methods.stream("/s/s", bytesMax: 1_000) { _, _ in EchoStream(tally) }
        let shared = ServerShared(
            methods: methods, metrics: GRPCMetrics(), requestBytesMax: 1_000)
        let channel = EmbeddedChannel()
        do {
            try GRPCServer.configure(channel, shared)
        } catch {
            throw Breach(description: "a connection cannot be configured: \(error)")
        }
        let preface = ByteBuffer(string: "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
        let verdict = try pass([preface] + pieces, through: channel)
        try Breach.unless(
            shared.unfinishedByteCount == 0,
            "\(shared.unfinishedByteCount) bytes of a connection that is closed are held")
        try Breach.unless(
            tally.opened == tally.ended, "\(tally.opened) streams, \(tally.ended) ends")
        return verdict
    }

    /// What a client makes of them that calls a method.
    private static func call(_ pieces: [ByteBuffer]) throws(Breach) -> Door.Verdict {
        let channel = EmbeddedChannel()
        let bound = NIOLoopBound(channel, eventLoop: channel.eventLoop)
        let client = GRPCClient(to: "app", on: channel.embeddedEventLoop, metrics: GRPCMetrics()) {
            loop, configure in
            let channel = bound.value
            guard !channel.isActive else {
                return loop.makeFailedFuture(ChannelError.ioOnClosedChannel)
            }
            return configure(channel).map { channel }
        }
        let tally = Tally()
        client.start("/s/u", metadata: [("a", "b")], message: [1, 2], timeout: nil).end
            .whenComplete { _ in tally.end() }
        channel.embeddedEventLoop.run()
        let verdict = try pass(pieces, through: channel)
        try Breach.unless(tally.ended == 1, "a call has come to \(tally.ended) ends")
        return verdict
    }

    /// Sends the pieces, closes, and looks at what was sent back: whole frames.
    private static func pass(
        _ pieces: [ByteBuffer], through channel: EmbeddedChannel
    ) throws(Breach) -> Door.Verdict {
        let loop = channel.embeddedEventLoop
        _ = try? channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        for piece in pieces where channel.isActive {
            _ = try? channel.writeInbound(piece)
            loop.run()
        }
        // A connection that is being ended is closed by then.
        loop.advanceTime(by: .seconds(2))
        let verdict = channel.isActive ? Door.Verdict.accepted : .refused
        _ = try? channel.finish(acceptAlreadyClosed: true)
        loop.run()
        var sent = ByteBuffer()
        while let bytes = try? channel.readOutbound(as: ByteBuffer.self) {
            sent.writeImmutableBuffer(bytes)
        }
        let isClient = sent.readableBytesView.starts(with: "PRI".utf8)
        var frames = FrameHeaders(hasPreface: isClient)
        frames.read(sent) { _ in }
        try Breach.unless(frames.isBetweenFrames, "what was sent ends within a frame")
        return verdict
    }
}

private typealias Message = Dapr_Proto_Scheduler_V1_WatchJobsRequest

/// How often something has happened.
private final class Tally: Sendable {
    private let counts = Mutex((opened: 0, ended: 0))
    var opened: Int { counts.withLock { $0.opened } }
    var ended: Int { counts.withLock { $0.ended } }
    func open() { counts.withLock { $0.opened += 1 } }
    func end() { counts.withLock { $0.ended += 1 } }
}

/// Sends back what it is sent.
private final class EchoStream: GRPCStream {
    private let tally: Tally
    private var messages: [Message] = []

    init(_ tally: Tally) {
        self.tally = tally
        tally.open()
    }

    func take(_ messages: [Message]) { self.messages += messages }
    func next() -> Message? { messages.popLast() }
    func clientHasEnded() -> Bool { true }
    func end(_ end: GRPCStreamEnd) { tally.end() }
}
