// How late triggers are where a sidecar receives them: this is a client of a running scheduler
// service that watches with one stream or several and answers everything at once.

import ArgumentParser
import DaprProtos
import EventLog
import Foundation
import GRPCCore
import GRPCNIOTransportHTTP2Posix
import Jobs
import SwiftProtobuf
import Synchronization

private typealias Service = Dapr_Proto_Scheduler_V1_Scheduler

struct WatchBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch", abstract: "Lateness of triggers over WatchJobs.")

    @Option(help: "The port of the scheduler service.") var port: Int
    @Option(help: "Jobs that are due at one instant.") var jobs = 20_000
    @Option(help: "Streams that take them.") var streams = 1
    @Option(help: "Seconds of \"@every 1s\" instead of one shot.") var seconds: Int?

    func run() async throws {
        let receipts = Receipts()
        try await withGRPCClient(
            transport: .http2NIOPosix(
                target: .ipv4(address: "127.0.0.1", port: port), transportSecurity: .plaintext)
        ) { client in
            let service = Service.Client(wrapping: client)
            let appID = "watch-\(UInt32.random(in: 0 ... .max))"
            // Time enough to schedule them all.
            let due = Date().addingTimeInterval(3 + Double(jobs) / 2_000).roundedToSeconds
            try await schedule(on: service, appID, due: due)
            try await withThrowingTaskGroup { group in
                for _ in 0..<streams {
                    group.addTask { try await watch(service, appID, receipts) }
                }
                group.addTask { try await wait(for: receipts, due: due) }
                try await group.next()
                group.cancelAll()
            }
            _ = try await service.deleteByMetadata(
                .with { $0.metadata = Self.metadata(appID) })
        }
        print(text(receipts.all))
    }

    private func schedule(
        on service: Service.Client<HTTP2ClientTransport.Posix>, _ appID: String, due: Date
    ) async throws {
        let dueTime = InstantText.utc(due.timestamp)
        try await withThrowingTaskGroup { group in
            for worker in 0..<64 {
                group.addTask {
                    for job in stride(from: worker, to: jobs, by: 64) {
                        _ = try await service.scheduleJob(
                            .with {
                                $0.name = "job-\(job)"
                                $0.metadata = Self.metadata(appID)
                                $0.job.dueTime = dueTime
                                if seconds != nil { $0.job.schedule = "@every 1s" }
                            })
                    }
                }
            }
            try await group.waitForAll()
        }
        guard Date() < due else { throw ValidationError("scheduling took too long; fewer jobs") }
    }

    private func watch(
        _ service: Service.Client<HTTP2ClientTransport.Posix>, _ appID: String,
        _ receipts: Receipts
    ) async throws {
        let (answers, newAnswers) = AsyncStream.makeStream(
            of: Dapr_Proto_Scheduler_V1_WatchJobsRequest.self)
        newAnswers.yield(
            .with {
                $0.initial.namespace = "default"
                $0.initial.appID = appID
                $0.initial.acceptJobTypes = [.job]
            })
        try await service.watchJobs { writer in
            for await answer in answers { try await writer.write(answer) }
        } onResponse: { response in
            for try await trigger in response.messages {
                receipts.add(trigger.daybook.dueTime)
                newAnswers.yield(
                    .with {
                        $0.result.id = trigger.id
                        $0.result.status = .success
                    })
            }
        }
    }

    /// Until everything has come, or the time is over.
    private func wait(for receipts: Receipts, due: Date) async throws {
        if let seconds {
            try await Task.sleep(for: .seconds(due.timeIntervalSinceNow + Double(seconds)))
            return
        }
        while receipts.count < jobs {
            guard due.timeIntervalSinceNow > -60 else { return }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    private static func metadata(_ appID: String) -> Dapr_Proto_Scheduler_V1_JobMetadata {
        .with {
            $0.namespace = "default"
            $0.appID = appID
            $0.target.job = .init()
        }
    }

    private func text(_ lateness: [Double]) -> String {
        let sorted = lateness.sorted()
        guard let last = sorted.last else { return "no triggers" }
        func milliseconds(_ value: Double) -> String { "\((value * 10_000).rounded() / 10) ms" }
        let rate = seconds == nil ? "  \(Int(Double(sorted.count) / last)) triggers/s" : ""
        return """
            \(sorted.count) triggers, \(streams) streams\(rate)  lateness \
            p50 \(milliseconds(sorted[sorted.count / 2])) \
            p99 \(milliseconds(sorted[sorted.count * 99 / 100])) max \(milliseconds(last))
            """
    }
}

/// When each trigger was received, less when it was due, in seconds.
private final class Receipts: Sendable {
    private let times = Mutex<[(due: String, at: Date)]>([])

    var count: Int { times.withLock { $0.count } }

    func add(_ due: String) {
        let now = Date()
        times.withLock { $0.append((due, now)) }
    }

    var all: [Double] {
        times.withLock { $0 }.compactMap { due, at in
            guard
                case .absolute(let seconds, let nanoseconds)? = try? PointInTime.parse(
                    due, field: "due")
            else { return nil }
            return at.timeIntervalSince1970 - Double(seconds) - Double(nanoseconds) / 1e9
        }
    }
}

extension Date {
    fileprivate var roundedToSeconds: Date {
        Date(timeIntervalSince1970: timeIntervalSince1970.rounded())
    }

    fileprivate var timestamp: Timestamp { Timestamp(seconds: Int64(timeIntervalSince1970)) }
}
