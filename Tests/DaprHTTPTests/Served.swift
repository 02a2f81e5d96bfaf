import APISupport
import DaprAPI
import DaprHTTP
import Listeners
import NIOCore
import NIOPosix
import Scheduler
import ServiceLifecycle

/// The API at its own port.
enum Served {
    /// Serves while `body`, which gets the port, runs.
    static func onPort(
        access: APIAccess = APIAccess(), bodyBytesMax: Int = 1_000,
        _ body: (Int) async throws -> Void
    ) async throws {
        let place = try Place()
        let scheduler = try await place.startScheduler()
        let (ports, newPort) = AsyncStream<Int>.makeStream()
        let server = HTTPServer(
            endpoint: place.endpoint(scheduler), access: access, on: .host("127.0.0.1", port: 0),
            bodyBytesMax: bodyBytesMax, logger: silent, onListening: { newPort.yield($0) })
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(services: [server], logger: silent))
        try await withThrowingTaskGroup { tasks in
            tasks.addTask { try await group.run() }
            for await port in ports {
                try await body(port)
                break
            }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
        scheduler.stop()
        try await scheduler.run()
    }

    /// Sends raw bytes; returns what is received until it is complete, or the connection is closed.
    static func exchange(
        _ port: Int, _ text: String, until isAll: (String) -> Bool
    ) async throws -> String {
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
                if isAll(received) { break }
            }
            return received
        }
    }
}
