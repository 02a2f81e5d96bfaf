// The service that sidecars of Dapr use: jobs and reminders of many apps, and their triggers.
// Dapr: pkg/scheduler/server/api.go.

import DaprAPI
import DaprProtos
import Failpoints
package import GRPCCore
import Jobs
package import Logging
package import Scheduler
import SchedulerCore
import SwiftProtobuf

package struct SchedulerService: RegistrableRPCService {
    private let scheduler: Scheduler
    private let metrics: SidecarMetrics
    /// What WatchHosts says; without one, where the request came in.
    private let broadcastAddress: String?
    private let logger: Logger

    package init(
        scheduler: Scheduler, metrics: SidecarMetrics, broadcastAddress: String? = nil,
        logger: Logger
    ) {
        self.scheduler = scheduler
        self.metrics = metrics
        self.broadcastAddress = broadcastAddress
        self.logger = logger
    }

    package func registerMethods<Transport: ServerTransport>(
        with router: inout RPCRouter<Transport>
    ) {
        typealias Method = Dapr_Proto_Scheduler_V1_Scheduler.Method
        let bytesMax = Limits.schedulerRequestBytesMax
        router.register(Method.ScheduleJob.descriptor, bytesMax: bytesMax, scheduleJob)
        router.register(Method.GetJob.descriptor, bytesMax: bytesMax, getJob)
        router.register(Method.DeleteJob.descriptor, bytesMax: bytesMax, deleteJob)
        router.register(Method.ListJobs.descriptor, bytesMax: bytesMax, listJobs)
        router.register(Method.DeleteByMetadata.descriptor, bytesMax: bytesMax, deleteByMetadata)
        router.register(
            Method.DeleteByNamePrefix.descriptor, bytesMax: bytesMax, deleteByNamePrefix)
        router.registerStream(Method.WatchJobs.descriptor, bytesMax: bytesMax, watchJobs)
        router.registerStream(Method.WatchHosts.descriptor, bytesMax: bytesMax, watchHosts)
    }

    private func scheduleJob(
        request: Dapr_Proto_Scheduler_V1_ScheduleJobRequest, context: ServerContext
    ) async throws -> Dapr_Proto_Scheduler_V1_ScheduleJobResponse {
        let plan: JobPlan
        countIfNobodys(request.metadata)
        do {
            plan = try request.plan(peer: context.remotePeer, zones: scheduler.zones)
        } catch {
            scheduler.metrics.countRefusedSchedule(isOfApp: !request.metadata.isOfActor)
            throw error
        }
        _ = try await submit(.schedule(plan), as: .schedule)
        return .init()
    }

    private func getJob(
        request: Dapr_Proto_Scheduler_V1_GetJobRequest, context: ServerContext
    ) async throws -> Dapr_Proto_Scheduler_V1_GetJobResponse {
        countIfNobodys(request.metadata)
        let id = try request.metadata.jobID(named: request.name)
        let response = try await submit(.get(id), as: .get)
        guard case .found(let job, _) = response else { preconditionFailure("\(response)") }
        return .with { $0.job = SchedulerJob(job) }
    }

    private func deleteJob(
        request: Dapr_Proto_Scheduler_V1_DeleteJobRequest, context: ServerContext
    ) async throws -> Dapr_Proto_Scheduler_V1_DeleteJobResponse {
        countIfNobodys(request.metadata)
        let id = try request.metadata.jobID(named: request.name)
        _ = try await submit(.delete(id, caller(request.metadata, context)), as: .delete)
        return .init()
    }

    private func listJobs(
        request: Dapr_Proto_Scheduler_V1_ListJobsRequest, context: ServerContext
    ) async throws -> Dapr_Proto_Scheduler_V1_ListJobsResponse {
        countIfNobodys(request.metadata)
        let prefix = try request.metadata.prefix(byPrefix: false)
        let jobs: [StoredJob]
        do throws(Rejection) {
            jobs = try await scheduler.jobs(of: prefix)
        } catch {
            throw refusal(error, .list)
        }
        return .with {
            $0.jobs = jobs.map { job in
                .with {
                    $0.name = job.definition.id.name
                    $0.metadata = JobMetadata(job.definition)
                    $0.job = SchedulerJob(job)
                }
            }
        }
    }

    private func deleteByMetadata(
        request: Dapr_Proto_Scheduler_V1_DeleteByMetadataRequest, context: ServerContext
    ) async throws -> Dapr_Proto_Scheduler_V1_DeleteByMetadataResponse {
        countIfNobodys(request.metadata)
        let prefix = try request.metadata.prefix(byPrefix: request.idPrefixMatch)
        let caller = caller(request.metadata, context)
        _ = try await submit(.deleteByPrefix(prefix, caller), as: .delete)
        return .init()
    }

    private func deleteByNamePrefix(
        request: Dapr_Proto_Scheduler_V1_DeleteByNamePrefixRequest, context: ServerContext
    ) async throws -> Dapr_Proto_Scheduler_V1_DeleteByNamePrefixResponse {
        countIfNobodys(request.metadata)
        let prefix = try request.metadata.prefix(byPrefix: false, name: request.namePrefix)
        let caller = caller(request.metadata, context)
        _ = try await submit(.deleteByPrefix(prefix, caller), as: .delete)
        return .init()
    }

    /// Triggers until the client ends, or is found to be gone. What it has not answered then is
    /// sent to another, or waits for one.
    private func watchJobs(
        request: RPCAsyncSequence<Dapr_Proto_Scheduler_V1_WatchJobsRequest, any Error>,
        response: RPCWriter<Dapr_Proto_Scheduler_V1_WatchJobsResponse>, context: ServerContext
    ) async throws {
        let stream = TriggerStream(
            scheduler: scheduler, peer: context.remotePeer, logger: logger)
        defer { stream.end() }
        let broken = await withTaskGroup(of: BrokenStream?.self) { group in
            group.addTask { await take(request, from: stream) }
            group.addTask {
                do {
                    for await batch in stream.batches {
                        Failpoint.streamWriting.hit()
                        try await response.write(contentsOf: batch.map(\.message))
                        Failpoint.streamWritten.hit()
                    }
                    return nil
                } catch {
                    return BrokenStream(failure: .send, error: error)
                }
            }
            // Whichever ends first: the client has gone, or talks nonsense.
            let broken = await group.next() ?? nil
            group.cancelAll()
            return broken
        }
        guard let broken else { return }
        // What this server ends is nobody's failure.
        if !Task.isCancelled { metrics.count(broken.failure) }
        throw broken.error
    }

    /// Takes what a client sends until it ends, or sends nonsense.
    private func take(
        _ messages: RPCAsyncSequence<Dapr_Proto_Scheduler_V1_WatchJobsRequest, any Error>,
        from stream: TriggerStream
    ) async -> BrokenStream? {
        var isOpen = false
        defer { if isOpen { metrics.streamEnded() } }
        var failure = SidecarMetrics.Failure.receive
        do {
            for try await message in messages {
                failure = message.isNobodys ? .authorization : .receive
                try stream.take(message)
                if !isOpen { metrics.streamOpened() }
                isOpen = true
            }
            return nil
        } catch {
            return BrokenStream(failure: failure, error: error)
        }
    }

    /// This host is the only one there is; it says so once.
    private func watchHosts(
        request: RPCAsyncSequence<Dapr_Proto_Scheduler_V1_WatchHostsRequest, any Error>,
        response: RPCWriter<Dapr_Proto_Scheduler_V1_WatchHostsResponse>, context: ServerContext
    ) async throws {
        // "ipv4:127.0.0.1:50006", "ipv6:[::1]:50006"
        let local = context.localPeer.split(separator: ":", maxSplits: 1).last.map(String.init)
        let address = broadcastAddress ?? local ?? ""
        try await response.write(.with { $0.hosts = [.with { $0.address = address }] })
        while !Task.isCancelled { try await Task.sleep(for: .seconds(3_600)) }
    }

    private func countIfNobodys(_ metadata: JobMetadata) {
        if metadata.isNobodys { metrics.count(.authorization) }
    }

    private func caller(_ metadata: JobMetadata, _ context: ServerContext) -> Caller {
        Caller(api: .scheduler, appID: metadata.appID, peer: context.remotePeer)
    }

    /// The scheduler's answer; its refusals are thrown.
    private func submit(
        _ command: Command, as operation: WireError.Operation
    ) async throws(RPCError) -> Response {
        do throws(Rejection) {
            return try await scheduler.accepted(command)
        } catch {
            throw refusal(error, operation)
        }
    }

    /// In the words Dapr's sidecars pass on.
    private func refusal(_ rejection: Rejection, _ operation: WireError.Operation) -> RPCError {
        let error = WireError.rejected(rejection, during: operation)
        return RPCError(
            code: RPCError.Code(error.grpcCode), message: error.cause ?? error.message)
    }
}

/// What ended a stream before its client did.
private struct BrokenStream {
    let failure: SidecarMetrics.Failure
    let error: any Error
}

extension Dapr_Proto_Scheduler_V1_WatchJobsRequest {
    /// Whether it opens a stream, and does not say for which app of which namespace.
    fileprivate var isNobodys: Bool {
        guard case .initial(let initial) = watchJobRequestType else { return false }
        return initial.namespace.isEmpty || initial.appID.isEmpty
    }
}
