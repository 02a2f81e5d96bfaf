// Jobs that a bench makes at a running scheduler service: all due at one instant, or spread over a
// second.

import ArgumentParser
import DaprProtos
import EventLog
import Foundation
import GRPCCore
import GRPCNIOTransportHTTP2Posix
import Jobs
import SwiftProtobuf

typealias SchedulerProtocol = Dapr_Proto_Scheduler_V1_Scheduler
typealias SchedulerClient = SchedulerProtocol.Client<HTTP2ClientTransport.Posix>

struct DueJobs {
    let service: SchedulerClient
    let appID: String
    let count: Int
    /// Jobs are due again every second; else each is due once.
    let isRepeated: Bool
    /// The due times lie evenly in the second that begins with `due`.
    let isSpread: Bool
    /// Time enough to schedule them all.
    let due: Date

    init(
        of service: SchedulerClient, appID: String, count: Int, isRepeated: Bool = false,
        isSpread: Bool = false
    ) {
        self.service = service
        self.appID = appID
        self.count = count
        self.isRepeated = isRepeated
        self.isSpread = isSpread
        let now = Date().timeIntervalSince1970
        due = Date(timeIntervalSince1970: (now + 3 + Double(count) / 3_000).rounded())
    }

    /// Calls `body` with a client of the scheduler service at `port`.
    static func withService(
        port: Int, _ body: (SchedulerClient) async throws -> Void
    ) async throws {
        try await withGRPCClient(
            transport: .http2NIOPosix(
                target: .ipv4(address: "127.0.0.1", port: port), transportSecurity: .plaintext)
        ) { client in
            try await body(SchedulerClient(wrapping: client))
        }
    }

    func schedule() async throws {
        try await withThrowingTaskGroup { group in
            for worker in 0..<64 {
                group.addTask {
                    for job in stride(from: worker, to: count, by: 64) {
                        _ = try await service.scheduleJob(
                            .with {
                                $0.name = "job-\(job)"
                                $0.metadata = metadata
                                $0.job.dueTime = dueTime(of: job)
                                if isRepeated { $0.job.schedule = "@every 1s" }
                            })
                    }
                }
            }
            try await group.waitForAll()
        }
        guard Date() < due else { throw ValidationError("scheduling took too long; fewer jobs") }
    }

    /// Waits until `receipts` holds a trigger of each, which are due once, and their answers are
    /// durable; returns when that was. Gives up after a minute.
    func waitUntilAnswered(_ receipts: Receipts) async throws -> Date {
        while receipts.count < count {
            try await pause(milliseconds: 5)
        }
        // Answers become durable in the order in which they come, and end their jobs.
        while try await isLive(receipts.last) { try await pause(milliseconds: 1) }
        while true {
            let now = Date()
            let left = try await service.listJobs(.with { $0.metadata = metadata })
            if left.jobs.isEmpty { return now }
            try await pause(milliseconds: 5)
        }
    }

    func delete() async throws {
        _ = try await service.deleteByMetadata(.with { $0.metadata = metadata })
    }

    private func pause(milliseconds: Int) async throws {
        guard due.timeIntervalSinceNow > -60 else {
            throw ValidationError("not all triggers were received and answered within a minute")
        }
        try await Task.sleep(for: .milliseconds(milliseconds))
    }

    private func isLive(_ name: String) async throws -> Bool {
        do {
            _ = try await service.getJob(
                .with {
                    $0.name = name
                    $0.metadata = metadata
                })
            return true
        } catch let error as RPCError where error.code == .notFound {
            return false
        }
    }

    private func dueTime(of job: Int) -> String {
        let offset = isSpread ? Int64(job) * Timestamp.nanosecondsPerSecond / Int64(count) : 0
        let start = Timestamp(seconds: Int64(due.timeIntervalSince1970))
        return InstantText.utc(start.clampedAdding(nanoseconds: offset))
    }

    private var metadata: Dapr_Proto_Scheduler_V1_JobMetadata {
        .with {
            $0.namespace = "default"
            $0.appID = appID
            $0.target.job = .init()
        }
    }
}

/// What became of jobs that were due at one instant.
struct OneShotFigures: Figures {
    let lateness: Lateness
    /// From the due time until the last trigger was received, and until the last answer was durable.
    let receivedSeconds: Double
    let answeredSeconds: Double
}
