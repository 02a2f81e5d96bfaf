// An app that does nothing: a bare server of HTTP on one thread, which answers every trigger at once
// and notes how late it was.

import ArgumentParser
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix

struct AppBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "app", abstract: "Be an app over HTTP; lateness of the triggers it is sent.")

    @Option(help: "The port of the app.") var port: Int
    @Option(help: "Triggers to tell of once all are here; without it the app only answers.")
    var triggers: Int?

    func run() async throws {
        let receipts = Receipts()
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1_024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(App(receipts))
                }
            }
        let channel = try await bootstrap.bind(host: "127.0.0.1", port: port).get()
        if let triggers {
            while receipts.count < triggers { try await Task.sleep(for: .milliseconds(1)) }
            try AppFigures(
                lateness: receipts.lateness, end: receipts.end?.timeIntervalSince1970 ?? 0
            ).show()
        }
        try await channel.closeFuture.get()
    }
}

private struct AppFigures: Figures {
    let lateness: Lateness
    /// When the last trigger came, in seconds since 1970.
    let end: Double
}

private final class App: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let receipts: Receipts

    init(_ receipts: Receipts) { self.receipts = receipts }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            if let due = head.headers.first(name: "daybook-due-time") {
                receipts.add(due: due)
            }
        case .body: break
        case .end:
            let head = HTTPResponseHead(version: .http1_1, status: .noContent)
            context.write(wrapOutboundOut(.head(head)), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        }
    }
}
