// How late triggers are where a sidecar receives them: this is a client of a running scheduler
// service that watches with one stream or several and answers everything at once.

import ArgumentParser
import DaprProtos
import Foundation
import GRPCCore
import SwiftProtobuf

struct WatchBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch", abstract: "Lateness of triggers over WatchJobs.")

    @Option(help: "The port of the scheduler service.") var port: Int
    @Option(help: "Jobs that are due at one instant.") var jobs = 20_000
    @Option(help: "Streams that take them.") var streams = 1
    @Option(help: "Seconds of \"@every 1s\" instead of one shot.") var seconds: Int?
    @Flag(help: "Spread the due times of \"@every 1s\" over the second.") var spread = false
    @Option(help: "Jobs every second of another app, whose stream stalls: it reads nothing.")
    var stalled = 0

    func validate() throws {
        if jobs < 1 || streams < 1 { throw ValidationError("a job and a stream are needed") }
        if seconds == nil, spread || stalled > 0 {
            throw ValidationError("--spread and --stalled go with --seconds")
        }
    }

    func run() async throws {
        try await DueJobs.withService(port: port) { service in
            let appID = "watch-\(UInt32.random(in: 0 ... .max))"
            let others = DueJobs(
                of: service, appID: "\(appID)-stalled", count: stalled, isRepeated: true)
            try await others.schedule()
            let jobs = DueJobs(
                of: service, appID: appID, count: jobs, isRepeated: seconds != nil,
                isSpread: spread)
            try await jobs.schedule()
            let receipts = Receipts()
            try await withThrowingTaskGroup { group in
                for _ in 0..<streams {
                    group.addTask { try await watch(service, jobs.appID, receipts) }
                }
                if stalled > 0 { group.addTask { try await stall(service, others.appID) } }
                group.addTask {
                    if let seconds {
                        try await repeatedFigures(of: jobs, receipts, seconds).show()
                    } else {
                        try await oneShotFigures(of: jobs, receipts).show()
                    }
                }
                try await group.next()
                group.cancelAll()
            }
            try await jobs.delete()
            try await others.delete()
        }
    }

    private func watch(
        _ service: SchedulerClient, _ appID: String, _ receipts: Receipts
    ) async throws {
        let (answers, newAnswers) = AsyncStream.makeStream(
            of: Dapr_Proto_Scheduler_V1_WatchJobsRequest.self)
        newAnswers.yield(Self.beginning(appID))
        try await service.watchJobs { writer in
            for await answer in answers { try await writer.write(answer) }
        } onResponse: { response in
            for try await trigger in response.messages {
                receipts.add(trigger.name, due: trigger.daybook.dueTime)
                newAnswers.yield(
                    .with {
                        $0.result.id = trigger.id
                        $0.result.status = .success
                    })
            }
        }
    }

    /// Opens a stream and takes nothing from it.
    private func stall(_ service: SchedulerClient, _ appID: String) async throws {
        try await service.watchJobs { writer in
            try await writer.write(Self.beginning(appID))
            try await Task.sleep(for: .seconds(3_600))
        } onResponse: { _ in
            try await Task.sleep(for: .seconds(3_600))
        }
    }

    private func oneShotFigures(
        of jobs: DueJobs, _ receipts: Receipts
    ) async throws -> OneShotFigures {
        let answered = try await jobs.waitUntilAnswered(receipts)
        return OneShotFigures(
            lateness: receipts.lateness,
            receivedSeconds: receipts.end?.timeIntervalSince(jobs.due) ?? 0,
            answeredSeconds: answered.timeIntervalSince(jobs.due))
    }

    /// Until just before the next ticks.
    private func repeatedFigures(
        of jobs: DueJobs, _ receipts: Receipts, _ seconds: Int
    ) async throws -> RepeatedFigures {
        let end = jobs.due.timeIntervalSinceNow + Double(seconds)
        try await Task.sleep(for: .seconds(end - 0.01))
        return RepeatedFigures(lateness: receipts.lateness, due: jobs.count * seconds)
    }

    private static func beginning(_ appID: String) -> Dapr_Proto_Scheduler_V1_WatchJobsRequest {
        .with {
            $0.initial.namespace = "default"
            $0.initial.appID = appID
            $0.initial.acceptJobTypes = [.job]
        }
    }
}

/// What became of jobs that were due again and again.
private struct RepeatedFigures: Figures {
    let lateness: Lateness
    /// Triggers that were due in the time.
    let due: Int
}
