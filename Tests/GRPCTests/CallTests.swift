// Results of calls between a server and a client over real sockets.

import GRPC
import NIOCore
import NIOPosix
import SwiftProtobuf
import Telemetry
import Testing

private typealias Text = Google_Protobuf_StringValue

@Suite("Calls over HTTP/2")
struct CallTests {
    /// A server that answers "/t/echo" at once, "/t/fail" with a status, "/t/never" not at all, and
    /// "/t/small" if the message has no more than ten bytes. Ends it after `body`.
    private func withServer(
        admit: @escaping @Sendable () throws(GRPCStatus) -> Void = {},
        _ body: (GRPCClient, GRPCMetrics, _ stop: @Sendable () -> Void) async throws -> Void
    ) async throws {
        var methods = GRPCMethods()
        methods.unary("/t/echo", bytesMax: 1 << 20) {
            (request: Text, _, reply: @escaping GRPCReply<Text>) in
            reply(.success(request))
        }
        methods.unary("/t/fail", bytesMax: 100) {
            (request: Text, _, reply: @escaping GRPCReply<Text>) in
            reply(.failure(GRPCStatus(.aborted, request.value)))
        }
        methods.unary("/t/open", bytesMax: 100, isOpenToAll: true) {
            (request: Text, _, reply: @escaping GRPCReply<Text>) in
            reply(.success(request))
        }
        methods.unary("/t/never", bytesMax: 100) { (_: Text, _, _: @escaping GRPCReply<Text>) in }
        methods.unary("/t/small", bytesMax: 10) {
            (request: Text, _, reply: @escaping GRPCReply<Text>) in
            reply(.success(request))
        }
        let metrics = GRPCMetrics()
        let (ports, newPort) = AsyncStream.makeStream(of: Int.self)
        let server = GRPCServer(
            methods: methods, metrics: metrics, host: "127.0.0.1", port: 0, connectionsMax: 10,
            requestBytesMax: 1 << 20, admit: { _ throws(GRPCStatus) in try admit() },
            onListening: { newPort.yield($0) })
        let serving = Task { try await server.run() }
        var port: Int?
        for await found in ports {
            port = found
            break
        }
        let client = client(try #require(port))
        try await body(client, metrics) { serving.cancel() }
        await client.close()
        serving.cancel()
        try await serving.value
    }

    private func client(_ port: Int) -> GRPCClient {
        let group = MultiThreadedEventLoopGroup.singleton
        return GRPCClient(to: "127.0.0.1:\(port)", on: group, metrics: GRPCMetrics()) {
            ClientBootstrap(group: $0).connectTimeout(.seconds(5)).channelInitializer($1)
                .connect(host: "127.0.0.1", port: port)
        }
    }

    private func call(
        _ client: GRPCClient, _ path: String, _ text: String = "a", timeout: TimeAmount? = nil
    ) async throws -> GRPCCallEnd {
        let message: [UInt8] = try Text(text).serializedBytes()
        return await client.call(path, metadata: [("a", "b")], message: message, timeout: timeout)
    }

    @Test("each comes to the status that it is given")
    func statuses() async throws {
        try await withServer { client, metrics, _ in
            #expect(await client.connects())
            #expect(try await call(client, "/t/echo") == .answered(.ok))
            let long = String(repeating: "x", count: 600_000)
            #expect(try await call(client, "/t/echo", long) == .answered(.ok))
            let said = "a\"é%\n"
            #expect(
                try await call(client, "/t/fail", said) == .answered(.aborted, message: said))
            #expect(try await call(client, "/t/none").code == .unimplemented)
            #expect(try await call(client, "/t/small", "12345678") == .answered(.ok))
            let tooLong = try await call(client, "/t/small", "123456789")
            #expect(tooLong.code == .resourceExhausted)
            let refused = metrics.metricFamilies.prometheusText
            #expect(refused.contains(#"daybook_grpc_refused_total{code="ResourceExhausted"} 1"#))
            #expect(refused.contains(#"daybook_grpc_refused_total{code="Unimplemented"} 1"#))
        }
    }

    @Test("a thousand at a time come to theirs")
    func many() async throws {
        try await withServer { client, _, _ in
            // Connecting has a limit of its own, which a busy machine may pass.
            while try await call(client, "/t/echo") != .answered(.ok) {}
            let ok = try await withThrowingTaskGroup(of: GRPCCallEnd.self) { group in
                for _ in 0..<1_000 { group.addTask { try await call(client, "/t/echo") } }
                return try await group.reduce(0) { $0 + ($1 == .answered(.ok) ? 1 : 0) }
            }
            #expect(ok == 1_000)
        }
    }

    @Test("who is not let in is refused before the method is looked for")
    func refused() async throws {
        let refuse: @Sendable () throws(GRPCStatus) -> Void = { () throws(GRPCStatus) in
            throw GRPCStatus(.unauthenticated, "no")
        }
        try await withServer(admit: refuse) { client, _, _ in
            for path in ["/t/none", "/t/echo", "/t/open/", "/t/Open"] {
                let end = try await call(client, path)
                #expect(end.code == .unauthenticated, "\(path)")
            }
            #expect(try await call(client, "/t/open") == .answered(.ok), "that is open to all")
        }
    }

    @Test("one that is not answered in time is given up, and others are not")
    func timeout() async throws {
        try await withServer { client, _, _ in
            while try await call(client, "/t/echo") != .answered(.ok) {}
            let late = try await call(client, "/t/never", timeout: .seconds(1))
            #expect(late == .timedOut)
            #expect(try await call(client, "/t/echo") == .answered(.ok))
        }
    }

    @Test("a server that stops says so: what it does not answer is drained, not broken")
    func drained() async throws {
        try await withServer { client, _, stop in
            #expect(try await call(client, "/t/echo") == .answered(.ok))
            async let end = call(client, "/t/never")
            // It was sent before the stop, because calls keep their order.
            #expect(try await call(client, "/t/echo") == .answered(.ok))
            stop()
            guard case .drained = try await end else {
                Issue.record("it came to \(try await end)")
                return
            }
            guard case .neverSent = try await call(client, "/t/echo") else {
                Issue.record("there is nobody any more")
                return
            }
        }
    }

    @Test("a client that is closed breaks what is under way, and sends no more")
    func closed() async throws {
        try await withServer { client, _, _ in
            #expect(try await call(client, "/t/echo") == .answered(.ok))
            async let end = call(client, "/t/never")
            #expect(try await call(client, "/t/echo") == .answered(.ok))
            await client.close()
            guard case .broken = try await end else {
                Issue.record("it came to \(try await end)")
                return
            }
            guard case .neverSent = try await call(client, "/t/echo") else {
                Issue.record("a closed client sends")
                return
            }
        }
    }

    @Test("where nobody listens nothing is sent")
    func nobody() async throws {
        let client = client(1)
        #expect(await !client.connects())
        guard case .neverSent = try await call(client, "/t/echo") else {
            Issue.record("something was sent")
            return
        }
        await client.close()
    }
}

extension GRPCCallEnd {
    fileprivate var code: GRPCStatus.Code? {
        if case .answered(let code, _) = self { code } else { nil }
    }
}
