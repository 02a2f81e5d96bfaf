// An app that does nothing: a bare server of HTTP on one thread, which answers every trigger at once
// and notes how late it was. With the port of a scheduler service it also makes the jobs.

import ArgumentParser
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix

struct AppBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "app", abstract: "Be an app over HTTP; lateness of the triggers it is sent.")

    @Option(help: "The port of the app.") var port: Int
    @Option(help: "Its id, as the server knows it.") var appID = "bench"
    @Option(help: "The port of the scheduler service; without it the app only answers.")
    var schedulerPort: Int?
    @Option(help: "Jobs that are due at one instant.") var jobs = 20_000

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
        guard let schedulerPort else {
            try await channel.closeFuture.get()
            return
        }
        try await DueJobs.withService(port: schedulerPort) { service in
            let due = DueJobs(of: service, appID: appID, count: jobs)
            try await due.schedule()
            let answered = try await due.waitUntilAnswered(receipts)
            try OneShotFigures(
                lateness: receipts.lateness,
                receivedSeconds: receipts.end?.timeIntervalSince(due.due) ?? 0,
                answeredSeconds: answered.timeIntervalSince(due.due)
            ).show()
        }
    }
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
                receipts.add(String(head.uri.dropFirst("/job/".utf8.count)), due: due)
            }
        case .body: break
        case .end:
            let head = HTTPResponseHead(version: .http1_1, status: .noContent)
            context.write(wrapOutboundOut(.head(head)), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        }
    }
}
