// The service that sidecars of Dapr use: jobs and reminders of many apps, and their triggers.
// Dapr: pkg/scheduler/server/api.go.

import DaprAPI
package import DaprProtos
package import GRPCCore
import Jobs
package import Logging
package import Scheduler
import SchedulerCore
import SwiftProtobuf

package struct SchedulerService: Dapr_Proto_Scheduler_V1_Scheduler.SimpleServiceProtocol {
    private let scheduler: Scheduler
    /// What WatchHosts says; without one, where the request came in.
    private let broadcastAddress: String?
    private let logger: Logger

    package init(scheduler: Scheduler, broadcastAddress: String? = nil, logger: Logger) {
        self.scheduler = scheduler
        self.broadcastAddress = broadcastAddress
        self.logger = logger
    }

    package func scheduleJob(
        request: Dapr_Proto_Scheduler_V1_ScheduleJobRequest, context: ServerContext
    ) async throws -> Dapr_Proto_Scheduler_V1_ScheduleJobResponse {
        let plan: JobPlan
        do {
            plan = try request.plan(peer: context.remotePeer, zones: scheduler.zones)
        } catch {
            scheduler.metrics.countRefusedSchedule()
            throw error
        }
        _ = try await submit(.schedule(plan), as: .schedule)
        return .init()
    }

    package func getJob(
        request: Dapr_Proto_Scheduler_V1_GetJobRequest, context: ServerContext
    ) async throws -> Dapr_Proto_Scheduler_V1_GetJobResponse {
        let id = try request.metadata.jobID(named: request.name)
        let response = try await submit(.get(id), as: .get)
        guard case .found(let job, _) = response else { preconditionFailure("\(response)") }
        return .with { $0.job = SchedulerJob(job) }
    }

    package func deleteJob(
        request: Dapr_Proto_Scheduler_V1_DeleteJobRequest, context: ServerContext
    ) async throws -> Dapr_Proto_Scheduler_V1_DeleteJobResponse {
        let id = try request.metadata.jobID(named: request.name)
        _ = try await submit(.delete(id, caller(request.metadata, context)), as: .delete)
        return .init()
    }

    /// Read in pages: what comes or goes meanwhile may or may not be among them.
    package func listJobs(
        request: Dapr_Proto_Scheduler_V1_ListJobsRequest, context: ServerContext
    ) async throws -> Dapr_Proto_Scheduler_V1_ListJobsResponse {
        let prefix = try request.metadata.prefix(byPrefix: false)
        var jobs: [Dapr_Proto_Scheduler_V1_NamedJob] = []
        var last: JobID?
        while true {
            let command = Command.list(
                prefix, after: last, limit: SchedulerCore.Limits.pageJobsMax)
            let response = try await submit(command, as: .list)
            guard case .listed(let page) = response else { preconditionFailure("\(response)") }
            for (job, _) in page.jobs {
                jobs.append(
                    .with {
                        $0.name = job.definition.id.name
                        $0.metadata = JobMetadata(job.definition)
                        $0.job = SchedulerJob(job)
                    })
            }
            guard page.hasMore, let end = page.jobs.last else { break }
            last = end.job.definition.id
        }
        return .with { $0.jobs = jobs }
    }

    package func deleteByMetadata(
        request: Dapr_Proto_Scheduler_V1_DeleteByMetadataRequest, context: ServerContext
    ) async throws -> Dapr_Proto_Scheduler_V1_DeleteByMetadataResponse {
        let prefix = try request.metadata.prefix(byPrefix: request.idPrefixMatch)
        let caller = caller(request.metadata, context)
        _ = try await submit(.deleteByPrefix(prefix, caller), as: .delete)
        return .init()
    }

    package func deleteByNamePrefix(
        request: Dapr_Proto_Scheduler_V1_DeleteByNamePrefixRequest, context: ServerContext
    ) async throws -> Dapr_Proto_Scheduler_V1_DeleteByNamePrefixResponse {
        let prefix = try request.metadata.prefix(byPrefix: false, name: request.namePrefix)
        let caller = caller(request.metadata, context)
        _ = try await submit(.deleteByPrefix(prefix, caller), as: .delete)
        return .init()
    }

    /// Triggers until the client ends, or is found to be gone. What it has not answered then is
    /// sent to another, or waits for one.
    package func watchJobs(
        request: RPCAsyncSequence<Dapr_Proto_Scheduler_V1_WatchJobsRequest, any Error>,
        response: RPCWriter<Dapr_Proto_Scheduler_V1_WatchJobsResponse>, context: ServerContext
    ) async throws {
        let stream = TriggerStream(
            scheduler: scheduler, peer: context.remotePeer, logger: logger)
        defer { stream.end() }
        try await withThrowingTaskGroup { group in
            group.addTask {
                for try await message in request { try stream.take(message) }
            }
            group.addTask {
                for await batch in stream.batches { try await response.write(contentsOf: batch) }
            }
            // Whichever ends first: the client has gone, or talks nonsense.
            try await group.next()
            group.cancelAll()
        }
    }

    /// This host is the only one there is; it says so once.
    package func watchHosts(
        request: Dapr_Proto_Scheduler_V1_WatchHostsRequest,
        response: RPCWriter<Dapr_Proto_Scheduler_V1_WatchHostsResponse>, context: ServerContext
    ) async throws {
        // "ipv4:127.0.0.1:50006", "ipv6:[::1]:50006"
        let local = context.localPeer.split(separator: ":", maxSplits: 1).last.map(String.init)
        let address = broadcastAddress ?? local ?? ""
        try await response.write(.with { $0.hosts = [.with { $0.address = address }] })
        while !Task.isCancelled { try await Task.sleep(for: .seconds(3_600)) }
    }

    private func caller(_ metadata: JobMetadata, _ context: ServerContext) -> Caller {
        Caller(api: .scheduler, appID: metadata.appID, peer: context.remotePeer)
    }

    /// The scheduler's answer; its refusals are thrown, in the words Dapr's sidecars pass on.
    private func submit(
        _ command: Command, as operation: WireError.Operation
    ) async throws(RPCError) -> Response {
        let response = await scheduler.submit(command)
        if case .rejected(let rejection) = response {
            let error = WireError.rejected(rejection, during: operation)
            throw RPCError(
                code: RPCError.Code(error.grpcCode), message: error.cause ?? error.message)
        }
        return response
    }
}
