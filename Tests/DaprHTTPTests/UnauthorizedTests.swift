import APISupport
import DaprAPI
import DaprHTTP
import NIOCore
import NIOPosix
import Scheduler
import ServiceLifecycle
import Testing

@Suite("A request without a token", .timeLimit(.minutes(1)))
struct UnauthorizedTests {
    private let access = APIAccess(tokens: ["secret", "older"])

    /// Sends bytes as they are; what comes back before the connection is closed.
    private func exchange(_ port: Int, _ text: String) async throws -> String {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(
                        wrappingChannelSynchronously: channel)
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            try await outbound.write(ByteBuffer(string: text))
            var received = ""
            for try await buffer in inbound {
                received += String(buffer: buffer)
                if received.contains("\r\n\r\n"), received.hasSuffix("}") || text.hasPrefix("HEAD")
                {
                    break
                }
            }
            return received
        }
    }

    @Test("who is not let in gets 401 before sending a body, the same whatever was wrong")
    func refusal() async throws {
        let place = try Place()
        let scheduler = try await place.startScheduler()
        let (ports, newPort) = AsyncStream<Int>.makeStream()
        let server = HTTPServer(
            endpoint: place.endpoint(scheduler), access: access, host: "127.0.0.1", port: 0,
            logger: silent, onListening: { newPort.yield($0) })
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(services: [server], logger: silent))
        try await withThrowingTaskGroup { tasks in
            tasks.addTask { try await group.run() }
            for await port in ports {
                // The body is announced and never comes.
                let head = "POST /v1.0/jobs/a HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n"
                var bodies: Set<String> = []
                for header in ["", "dapr-api-token: wrong\r\n", "dapr-api-token:\r\n"] {
                    let answer = try await exchange(port, "\(head)\(header)\r\n")
                    #expect(answer.hasPrefix("HTTP/1.1 401 "), "\(answer)")
                    #expect(answer.lowercased().contains("content-type: application/json"))
                    bodies.insert(answer.components(after: "\r\n\r\n"))
                }
                #expect(
                    bodies == [#"{"errorCode":"ERR_UNAUTHORIZED","message":"invalid api token"}"#])
                let bare = try await exchange(
                    port, "HEAD /v1.0/healthz HTTP/1.1\r\nhost: x\r\n\r\n")
                #expect(bare.hasPrefix("HTTP/1.1 401 ") && bare.hasSuffix("\r\n\r\n"), "\(bare)")
                let known = "GET /v1.0/jobs/a HTTP/1.1\r\nhost: x\r\nDapr-Api-Token: older\r\n\r\n"
                #expect(try await exchange(port, known).hasPrefix("HTTP/1.1 404 "))
                break
            }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
        scheduler.stop()
        try await scheduler.run()
    }
}

extension String {
    fileprivate func components(after separator: String) -> String {
        firstRange(of: separator).map { String(self[$0.upperBound...]) } ?? ""
    }
}
