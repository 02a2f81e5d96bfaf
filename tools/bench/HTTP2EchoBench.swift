// What HTTP/2 itself costs, without gRPC's library: the least that a path of its own for unary calls
// would take.

import ArgumentParser
import DaprProtos
import NIOCore
import NIOHPACK
import NIOHTTP2
import NIOPosix
import SwiftProtobuf

struct HTTP2EchoBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "http2-echo",
        abstract: "Answer ScheduleJob of the scheduler service at once, on SwiftNIO's HTTP/2 alone."
    )

    @Option(help: "The port of the echo.") var port: Int
    @Flag(help: "Answer from a task of the pool, as what has waited for the log is answered.")
    var fromTask = false

    func run() async throws {
        let fromTask = fromTask
        let bootstrap = ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { connection in
                connection.configureHTTP2Pipeline(
                    mode: .server, connectionConfiguration: .init(), streamConfiguration: .init()
                ) { stream in
                    stream.eventLoop.makeCompletedFuture {
                        try stream.pipeline.syncOperations.addHandler(
                            EchoHandler(fromTask: fromTask))
                    }
                }.map { _ in }
            }
        let channel = try await bootstrap.bind(host: "127.0.0.1", port: port).get()
        try await channel.closeFuture.get()
    }
}

private final class EchoHandler: ChannelInboundHandler {
    typealias InboundIn = HTTP2Frame.FramePayload
    typealias OutboundOut = HTTP2Frame.FramePayload

    private let fromTask: Bool
    private var body = ByteBuffer()

    init(fromTask: Bool) { self.fromTask = fromTask }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .data(let frame) = unwrapInboundIn(data),
            case .byteBuffer(var bytes) = frame.data
        else { return }
        body.writeBuffer(&bytes)
        guard frame.endStream else { return }
        let isJob = isJob
        guard fromTask else { return answer(isJob, context) }
        let loop = context.eventLoop
        let bound = NIOLoopBound((self, context), eventLoop: loop)
        Task {
            loop.execute {
                let (handler, context) = bound.value
                handler.answer(isJob, context)
            }
        }
    }

    /// Whether the message, behind five bytes of framing, can be read.
    private var isJob: Bool {
        let message = Array(body.readableBytesView.dropFirst(5))
        return (try? Dapr_Proto_Scheduler_V1_ScheduleJobRequest(serializedBytes: message)) != nil
    }

    private func answer(_ isJob: Bool, _ context: ChannelHandlerContext) {
        let head: HPACKHeaders = [":status": "200", "content-type": "application/grpc"]
        write(.headers(.init(headers: head)), context)
        write(.data(.init(data: .byteBuffer(ByteBuffer(bytes: [0, 0, 0, 0, 0])))), context)
        let status: HPACKHeaders = ["grpc-status": isJob ? "0" : "3"]
        write(.headers(.init(headers: status, endStream: true)), context)
        context.flush()
    }

    private func write(_ frame: HTTP2Frame.FramePayload, _ context: ChannelHandlerContext) {
        context.write(wrapOutboundOut(frame), promise: nil)
    }
}
