// An app with every byte scripted: it reads whole requests from a socket and writes what the script
// says, well-formed or not.

import NIOCore
import NIOPosix
import Synchronization

struct StubRequest: Sendable {
    /// The request line as received: `POST /job/a HTTP/1.1`.
    let line: String
    /// The headers by lower-case name.
    let headers: [String: String]
    let body: String

    var path: String { line.split(separator: " ").dropFirst().first.map(String.init) ?? "" }
}

enum StubReply: Sendable {
    /// Written unchanged; the connection stays open.
    case bytes(String)
    /// Written unchanged; then the connection is closed.
    case last(String)

    static func status(_ status: Int, _ headers: String = "", body: String = "") -> StubReply {
        .bytes(
            "HTTP/1.1 \(status) X\r\n\(headers)content-length: \(body.utf8.count)\r\n\r\n\(body)")
    }
}

/// Listens from `start` to `stop`.
final class StubApp: Sendable {
    typealias Behaviour = @Sendable (StubRequest) async -> StubReply

    let port: Int
    private let listener: any Channel
    private let connections: ConnectionList
    private let requests: AsyncStream<StubRequest>

    private init(
        listener: any Channel, connections: ConnectionList, requests: AsyncStream<StubRequest>
    ) {
        self.listener = listener
        self.connections = connections
        self.requests = requests
        port = listener.localAddress?.port ?? 0
    }

    /// Port 0 takes any free port.
    static func start(
        port: Int = 0, _ behaviour: @escaping Behaviour = { _ in .status(200) }
    ) async throws -> StubApp {
        let (requests, newRequest) = AsyncStream<StubRequest>.makeStream()
        let connections = ConnectionList()
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                connections.add(channel)
                return channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        StubHandler(behaviour: behaviour, newRequest: newRequest))
                }
            }
            .bind(host: "127.0.0.1", port: port).get()
        return StubApp(listener: listener, connections: connections, requests: requests)
    }

    /// Waits for the next `count` requests.
    func next(_ count: Int = 1) async -> [StubRequest] {
        var taken: [StubRequest] = []
        for await request in requests {
            taken.append(request)
            if taken.count == count { break }
        }
        return taken
    }

    /// Stops listening and closes all connections.
    func stop() async throws {
        try await listener.close()
        for channel in connections.all { try? await channel.close() }
    }
}

/// A port on which nothing listens.
func freePort() async throws -> Int {
    let app = try await StubApp.start()
    try await app.stop()
    return app.port
}

private final class ConnectionList: Sendable {
    private let channels = Mutex<[any Channel]>([])
    func add(_ channel: any Channel) { channels.withLock { $0.append(channel) } }
    var all: [any Channel] { channels.withLock { $0 } }
}

private final class StubHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let behaviour: StubApp.Behaviour
    private let newRequest: AsyncStream<StubRequest>.Continuation
    private var received = ""

    init(
        behaviour: @escaping StubApp.Behaviour,
        newRequest: AsyncStream<StubRequest>.Continuation
    ) {
        self.behaviour = behaviour
        self.newRequest = newRequest
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        received += String(buffer: unwrapInboundIn(data))
        guard let request = takeRequest() else { return }
        newRequest.yield(request)
        let (behaviour, channel) = (behaviour, context.channel)
        Task {
            switch await behaviour(request) {
            case .bytes(let text):
                try? await channel.writeAndFlush(ByteBuffer(string: text))
            case .last(let text):
                try? await channel.writeAndFlush(ByteBuffer(string: text))
                try? await channel.close()
            }
        }
    }

    /// The request that has arrived as a whole. Bodies are ASCII here.
    private func takeRequest() -> StubRequest? {
        guard let end = received.firstRange(of: "\r\n\r\n") else { return nil }
        let lines = received[..<end.lowerBound].split(separator: "\r\n")
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            headers[line[..<colon].lowercased()] =
                line[line.index(after: colon)...].trimmingPrefix(" ").description
        }
        let count = headers["content-length"].flatMap { Int($0) } ?? 0
        let rest = received[end.upperBound...]
        guard rest.utf8.count >= count else { return nil }
        received = String(rest.dropFirst(count))
        return StubRequest(
            line: lines.first.map(String.init) ?? "", headers: headers,
            body: String(rest.prefix(count)))
    }
}
