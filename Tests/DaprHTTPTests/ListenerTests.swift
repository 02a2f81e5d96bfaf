import APISupport
import AsyncHTTPClient
import DaprHTTP
import HTTPTypes
import Listeners
import NIOCore
import NIOHTTP1
import NIOPosix
import Scheduler
import ServiceLifecycle
import Testing

@Suite("The listener", .timeLimit(.minutes(1)))
struct ListenerTests {
    /// Sends bytes as they are and returns the first `count` status lines that come back.
    private func exchange(_ port: Int, _ text: String, lines count: Int = 1) async throws
        -> [String]
    {
        let received = try await Served.exchange(port, text) {
            $0.ranges(of: "HTTP/1.1 ").count >= count
        }
        return received.ranges(of: "HTTP/1.1 ").map {
            String(received[$0.lowerBound...].prefix(12))
        }
    }

    @Test("a job is posted, shown and deleted")
    func life() async throws {
        try await Served.onPort { port in
            let url = "http://127.0.0.1:\(port)/v1.0/jobs/a%20b"
            var request = HTTPClientRequest(url: url)
            request.method = .POST
            request.body = .bytes(ByteBuffer(string: #"{"dueTime":"1h"}"#))
            let post = try await HTTPClient.shared.execute(request, timeout: .seconds(30))
            #expect(post.status == .noContent)
            let get = try await HTTPClient.shared.execute(
                HTTPClientRequest(url: url), timeout: .seconds(30))
            #expect(get.status == .ok)
            #expect(get.headers["content-type"] == ["application/json"])
            let body = String(buffer: try await get.body.collect(upTo: 1_000))
            let expected =
                #"{"name":"a b","dueTime":"1h","failurePolicy":{"constant":"#
                + #"{"interval":"1s","maxRetries":3}},"status":{"generation":2,"phase":"waiting","#
                + #""ticksDone":0,"attempt":1,"nextDue":""#
            #expect(body.hasPrefix(expected), "\(body)")
            request.method = .DELETE
            request.body = nil
            let delete = try await HTTPClient.shared.execute(request, timeout: .seconds(30))
            #expect(delete.status == .noContent)
        }
    }

    @Test(
        "paths are taken as they come",
        arguments: [
            ("/v1.0/jobs/a%2Fb", "400"), ("/v1.0/jobs/..", "400"), ("/v1.0/jobs/.", "400"),
            ("/v1.0/jobs/../healthz", "404"), ("//v1.0/healthz", "404"), ("/v1.0/healthz/", "404"),
            ("/v1.0/healthz", "204"), ("/v1.0/jobs/%zz", "400"), ("/v1.0/jobs/%FF", "400"),
            ("/v1.0/jobs/a?b#c", "404"), ("/v1.0/jobs/a+b", "404"),
        ])
    func paths(path: String, status: String) async throws {
        try await Served.onPort { port in
            let lines = try await exchange(port, "GET \(path) HTTP/1.1\r\nhost: x\r\n\r\n")
            #expect(lines.first?.hasPrefix("HTTP/1.1 \(status)") == true, "\(lines)")
        }
    }

    @Test("a body may be as long as the limit; one byte more is refused, told or not told")
    func bodyLimit() async throws {
        try await Served.onPort(bodyBytesMax: 100) { port in
            let start = #"{"dueTime":"1h","x":""#
            for (count, status) in [(100, "204"), (101, "413")] {
                let body =
                    start + String(repeating: "x", count: count - start.utf8.count - 2) + #""}"#
                let head = "POST /v1.0-alpha1/jobs/a HTTP/1.1\r\nhost: x\r\n"
                let told = "\(head)content-length: \(count)\r\n\r\n\(body)"
                let untold =
                    "\(head)transfer-encoding: chunked\r\n\r\n"
                    + "\(String(count, radix: 16))\r\n\(body)\r\n0\r\n\r\n"
                for request in [told, untold] {
                    let lines = try await exchange(port, request)
                    #expect(lines.first?.hasPrefix("HTTP/1.1 \(status)") == true, "\(lines)")
                }
            }
        }
    }

    @Test("after a refused body the connection takes the next request")
    func nextRequest() async throws {
        try await Served.onPort(bodyBytesMax: 10) { port in
            let body = String(repeating: "x", count: 200_000)
            let first =
                "POST /v1.0/jobs/a HTTP/1.1\r\nhost: x\r\n"
                + "content-length: \(body.count)\r\n\r\n\(body)"
            let second = "GET /v1.0/healthz HTTP/1.1\r\nhost: x\r\n\r\n"
            let lines = try await exchange(port, first + second, lines: 2)
            #expect(lines == ["HTTP/1.1 413", "HTTP/1.1 204"])
        }
    }

    @Test("a port in use is an error that says so")
    func portInUse() async throws {
        try await Served.onPort { port in
            let place = try Place()
            let scheduler = try await place.startScheduler()
            let server = HTTPServer(
                endpoint: place.endpoint(scheduler), on: .host("127.0.0.1", port: port),
                logger: silent)
            await #expect(throws: CannotListen.self) { try await server.run() }
            scheduler.stop()
            try await scheduler.run()
        }
    }

    /// Another port was taken, so all listeners were cancelled while one had accepted connections
    /// it had not started: dropping one ended the process.
    @Test("a listener that is cancelled while connections come in ends in order")
    func cancelled() async throws {
        let place = try Place()
        let scheduler = try await place.startScheduler()
        for _ in 0..<50 {
            let (ports, newPort) = AsyncStream<Int>.makeStream()
            let server = HTTPServer(
                endpoint: place.endpoint(scheduler), on: .host("127.0.0.1", port: 0),
                logger: silent,
                onListening: { newPort.yield($0) })
            let serving = Task { try await server.run() }
            var iterator = ports.makeAsyncIterator()
            let port = try #require(await iterator.next())
            let bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            let connections = (0..<20).map { _ in bootstrap.connect(host: "127.0.0.1", port: port) }
            _ = try? await connections[0].get()
            serving.cancel()
            try await serving.value
            for connection in connections { try? await connection.get().close() }
        }
        scheduler.stop()
        try await scheduler.run()
    }
}
