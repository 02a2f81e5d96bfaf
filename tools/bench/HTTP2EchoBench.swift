// What HTTP/2 itself costs, without gRPC: what every unary call takes at the least.

import ArgumentParser
import DaprProtos
import Foundation
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
    @Option(help: "Where to write the body of a request, as h2load sends it.") var body: String?
    @Flag(help: "Answer from a task of the pool, as what has waited for the log is answered.")
    var fromTask = false

    func run() async throws {
        if let body {
            try Data(Self.framed(try Self.request.serializedBytes())).write(
                to: URL(fileURLWithPath: body))
        }
        let fromTask = fromTask
        let bootstrap = ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
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

    /// A job of 16 bytes that is due in a year, and may be replaced.
    private static let request = Dapr_Proto_Scheduler_V1_ScheduleJobRequest.with {
        $0.name = "bench-job-0000000000000000000001"
        $0.overwrite = true
        $0.metadata = .with {
            $0.namespace = "default"
            $0.appID = "bench"
            $0.target.job = .init()
        }
        $0.job = .with {
            $0.schedule = "@yearly"
            $0.data = .with {
                $0.typeURL = "type.googleapis.com/bench"
                $0.value = Data(repeating: 7, count: 16)
            }
        }
    }

    /// Not compressed, and with its length before it.
    private static func framed(_ message: [UInt8]) -> [UInt8] {
        [0] + withUnsafeBytes(of: UInt32(message.count).bigEndian) { Array($0) } + message
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
