// A server's methods by the path of the call. Messages are Protobuf; any other path is
// UNIMPLEMENTED.

import NIOCore
package import SwiftProtobuf

/// The remote and the local address of a call: "ipv4:127.0.0.1:50006", "ipv6:[::1]:50006".
package struct GRPCPeers: Sendable {
    package let remote: String
    package let local: String
}

/// Answers one unary call. To be called once, from any thread.
package typealias GRPCReply<Response> = @Sendable (Result<Response, GRPCStatus>) -> Void

/// The server's side of one stream of messages in both directions. Everything is called on the
/// event loop of the stream's connection and must return at once.
package protocol GRPCStream<Request, Response>: AnyObject {
    associatedtype Request: Message
    associatedtype Response: Message
    /// Receives the messages that arrived together from the client. A thrown status ends the
    /// stream.
    func take(_ messages: [Request]) throws(GRPCStatus)
    /// The next message for the client; `nil` if there is none until the stream's bell is rung.
    func next() -> Response?
    /// Asked before anything is sent, and when the bell has rung. A status ends the stream from this side.
    func expire() -> GRPCStatus?
    /// The client will send nothing more. Returns whether that ends the stream; asked again
    /// whenever `next` has returned `nil` since.
    func clientHasEnded() -> Bool
    /// The stream has ended. Called once.
    func end(_ end: GRPCStreamEnd)
}

extension GRPCStream {
    package func expire() -> GRPCStatus? { nil }
}

/// Why a stream has ended.
package enum GRPCStreamEnd: Equatable, Sendable {
    /// Its client ended it.
    case completed
    /// The client sent something that is not acceptable.
    case refused(GRPCStatus)
    /// The client reset it, or its connection is gone.
    case broken
    /// The server ends it.
    case stopped
}

package struct GRPCMethods: Sendable {
    typealias Unary = @Sendable (ByteBuffer, GRPCPeers, @escaping GRPCReply<any Message>) -> Void
    typealias Stream = @Sendable (GRPCPeers, StreamBell) -> any OpenedStream

    enum Answer: Sendable {
        case unary(Unary)
        case stream(Stream)
    }

    struct Method: Sendable {
        /// The most bytes of a message.
        let bytesMax: Int
        /// Whether calls are answered that are not admitted.
        let isOpenToAll: Bool
        let answer: Answer
    }

    private var methods: [String: Method] = [:]

    package init() {}

    /// A path that is longer than any method's is not compared: that can take quadratic time.
    subscript(path: String) -> Method? {
        path.utf8.count <= GRPCLimits.pathBytesMax ? methods[path] : nil
    }

    /// The paths of all methods, sorted.
    package var paths: [String] { methods.keys.sorted() }

    /// The full names of the services that have methods, sorted.
    package var services: [String] {
        Set(paths.compactMap { $0.split(separator: "/").first.map(String.init) }).sorted()
    }

    /// Answers calls of `path` with `answer`, which is called on an event loop and must return at
    /// once; its reply may come later.
    package mutating func unary<Request: Message, Response: Message>(
        _ path: String, bytesMax: Int, isOpenToAll: Bool = false,
        _ answer: @escaping @Sendable (Request, GRPCPeers, @escaping GRPCReply<Response>) -> Void
    ) {
        methods[path] = Method(
            bytesMax: bytesMax, isOpenToAll: isOpenToAll,
            answer: .unary { bytes, peers, reply in
                let request: Request
                do throws(GRPCStatus) {
                    request = try Request(reading: bytes)
                } catch {
                    return reply(.failure(error))
                }
                answer(request, peers) { reply($0.map { $0 as any Message }) }
            })
    }

    /// The same, with an asynchronous answer that may take its time.
    package mutating func unary<Request: Message, Response: Message>(
        _ path: String, bytesMax: Int,
        awaiting answer:
            @escaping @Sendable (Request, GRPCPeers) async throws(GRPCStatus) -> Response
    ) {
        unary(path, bytesMax: bytesMax) {
            (request: Request, peers, reply: @escaping GRPCReply<Response>) in
            // Not a child task: the event loop has no task, and the call waits for the reply.
            Task {
                do throws(GRPCStatus) {
                    reply(.success(try await answer(request, peers)))
                } catch {
                    reply(.failure(error))
                }
            }
        }
    }

    /// Answers calls of `path` with a stream that `open` creates.
    package mutating func stream<Opened: GRPCStream & SendableMetatype>(
        _ path: String, bytesMax: Int, isOpenToAll: Bool = false,
        _ open: @escaping @Sendable (GRPCPeers, StreamBell) -> Opened
    ) {
        methods[path] = Method(
            bytesMax: bytesMax, isOpenToAll: isOpenToAll,
            answer: .stream { StreamOfMessages(open($0, $1)) })
    }
}

/// A stream with its messages as bytes.
protocol OpenedStream {
    func take(_ messages: [ByteBuffer]) throws(GRPCStatus)
    /// Writes the next message; false if there is none.
    func writeNext(to buffer: inout ByteBuffer) -> Bool
    func expire() -> GRPCStatus?
    func clientHasEnded() -> Bool
    func end(_ end: GRPCStreamEnd)
}

private struct StreamOfMessages<Stream: GRPCStream>: OpenedStream {
    private let stream: Stream

    init(_ stream: Stream) { self.stream = stream }

    func take(_ messages: [ByteBuffer]) throws(GRPCStatus) {
        var requests: [Stream.Request] = []
        requests.reserveCapacity(messages.count)
        for message in messages { requests.append(try Stream.Request(reading: message)) }
        try stream.take(requests)
    }

    func writeNext(to buffer: inout ByteBuffer) -> Bool {
        guard let message = stream.next() else { return false }
        message.write(to: &buffer)
        return true
    }

    func expire() -> GRPCStatus? { stream.expire() }

    func clientHasEnded() -> Bool { stream.clientHasEnded() }

    func end(_ end: GRPCStreamEnd) { stream.end(end) }
}

extension Message {
    init(reading bytes: ByteBuffer) throws(GRPCStatus) {
        do {
            self = try Self(serializedBytes: Array(buffer: bytes))
        } catch {
            throw GRPCStatus(.invalidArgument, "the message is no \(Self.protoMessageName)")
        }
    }

    /// Writes the message preceded by its length.
    func write(to buffer: inout ByteBuffer) {
        // Fails only for messages with required fields, and proto3 has none.
        let bytes: [UInt8] = (try? serializedBytes()) ?? []
        MessageReader.write(bytes.count, to: &buffer) { $0.writeBytes(bytes) }
    }
}
