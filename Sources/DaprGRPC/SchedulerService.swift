// The service that Dapr's sidecars use: jobs and reminders of many apps, and their triggers. Dapr:
// pkg/scheduler/server/api.go.

import DaprAPI
import DaprProtos
package import GRPC
import Jobs
package import Logging
package import Scheduler
import SchedulerCore
import SwiftProtobuf

package struct SchedulerService: Sendable {
    private static let path = "/dapr.proto.scheduler.v1.Scheduler/"

    private let scheduler: Scheduler
    private let metrics: SidecarMetrics
    /// The address that WatchHosts returns; without one, the address at which the request arrived.
    private let broadcastAddress: String?
    /// How long a stream may leave a trigger unanswered; `nil` is for ever.
    private let timeout: Duration?
    private let hosts = SidecarHosts()
    private let logger: Logger

    package init(
        scheduler: Scheduler, metrics: SidecarMetrics, broadcastAddress: String? = nil,
        timeout: Duration? = nil, logger: Logger
    ) {
        self.scheduler = scheduler
        self.metrics = metrics
        self.broadcastAddress = broadcastAddress
        self.timeout = timeout
        self.logger = logger
    }

    package var methods: GRPCMethods {
        var methods = GRPCMethods()
        let (path, bytesMax) = (Self.path, SidecarLimits.schedulerRequestBytesMax)
        methods.unary(path + "ScheduleJob", bytesMax: bytesMax, scheduleJob)
        methods.unary(path + "GetJob", bytesMax: bytesMax, awaiting: getJob)
        methods.unary(path + "DeleteJob", bytesMax: bytesMax, deleteJob)
        methods.unary(path + "ListJobs", bytesMax: bytesMax, awaiting: listJobs)
        methods.unary(path + "DeleteByMetadata", bytesMax: bytesMax, deleteByMetadata)
        methods.unary(path + "DeleteByNamePrefix", bytesMax: bytesMax, deleteByNamePrefix)
        methods.stream(path + "WatchJobs", bytesMax: bytesMax) { peers, bell in
            TriggerStream(
                scheduler: scheduler, metrics: metrics, hosts: hosts, peers: peers, bell: bell,
                timeout: timeout, logger: logger)
        }
        methods.stream(path + "WatchHosts", bytesMax: bytesMax) { peers, _ in
            HostsStream(
                broadcastAddress ?? HostsStream.address(in: peers.local), peer: peers.remote,
                hosts: hosts)
        }
        return methods
    }

    private func scheduleJob(
        _ request: Dapr_Proto_Scheduler_V1_ScheduleJobRequest, _ peers: GRPCPeers,
        _ reply: @escaping GRPCReply<Dapr_Proto_Scheduler_V1_ScheduleJobResponse>
    ) {
        let plan: JobPlan
        countIfNobodys(request.metadata)
        do throws(GRPCStatus) {
            plan = try request.plan(peer: peers.remote, zones: scheduler.zones)
        } catch {
            scheduler.metrics.countRefusedSchedule(isOfApp: !request.metadata.isOfActor)
            return reply(.failure(error))
        }
        scheduler.schedule(plan) {
            reply($0.map { .init() }.mapError { refusal($0, .schedule) })
        }
    }

    private func getJob(
        _ request: Dapr_Proto_Scheduler_V1_GetJobRequest, _ peers: GRPCPeers
    ) async throws(GRPCStatus) -> Dapr_Proto_Scheduler_V1_GetJobResponse {
        countIfNobodys(request.metadata)
        let id = try request.metadata.jobID(named: request.name)
        do throws(Rejection) {
            let job = try await scheduler.get(id).job
            return .with { $0.job = SchedulerJob(job) }
        } catch {
            throw refusal(error, .get)
        }
    }

    private func deleteJob(
        _ request: Dapr_Proto_Scheduler_V1_DeleteJobRequest, _ peers: GRPCPeers,
        _ reply: @escaping GRPCReply<Dapr_Proto_Scheduler_V1_DeleteJobResponse>
    ) {
        delete(request.metadata, peers, reply, .init()) { caller, done throws(GRPCStatus) in
            let id = try request.metadata.jobID(named: request.name)
            scheduler.delete(id, by: caller, done)
        }
    }

    private func listJobs(
        _ request: Dapr_Proto_Scheduler_V1_ListJobsRequest, _ peers: GRPCPeers
    ) async throws(GRPCStatus) -> Dapr_Proto_Scheduler_V1_ListJobsResponse {
        countIfNobodys(request.metadata)
        let prefix = try request.metadata.prefix(byPrefix: false)
        do throws(Rejection) {
            let jobs = try await scheduler.list(prefix) { job in
                Dapr_Proto_Scheduler_V1_NamedJob.with {
                    $0.name = job.definition.id.name
                    $0.metadata = JobMetadata(job.definition)
                    $0.job = SchedulerJob(job)
                }
            }
            return .with { $0.jobs = jobs }
        } catch {
            throw refusal(error, .list)
        }
    }

    private func deleteByMetadata(
        _ request: Dapr_Proto_Scheduler_V1_DeleteByMetadataRequest, _ peers: GRPCPeers,
        _ reply: @escaping GRPCReply<Dapr_Proto_Scheduler_V1_DeleteByMetadataResponse>
    ) {
        delete(request.metadata, peers, reply, .init()) { caller, done throws(GRPCStatus) in
            let prefix = try request.metadata.prefix(byPrefix: request.idPrefixMatch)
            scheduler.deleteAll(prefix, by: caller) { done($0.map { _ in }) }
        }
    }

    private func deleteByNamePrefix(
        _ request: Dapr_Proto_Scheduler_V1_DeleteByNamePrefixRequest, _ peers: GRPCPeers,
        _ reply: @escaping GRPCReply<Dapr_Proto_Scheduler_V1_DeleteByNamePrefixResponse>
    ) {
        delete(request.metadata, peers, reply, .init()) { caller, done throws(GRPCStatus) in
            let prefix = try request.metadata.prefix(byPrefix: false, name: request.namePrefix)
            scheduler.deleteAll(prefix, by: caller) { done($0.map { _ in }) }
        }
    }

    /// Deletes by `call`, and answers with an empty message.
    private func delete<Done: Message>(
        _ metadata: JobMetadata, _ peers: GRPCPeers, _ reply: @escaping GRPCReply<Done>,
        _ done: Done,
        _ call: (Caller, @escaping Scheduler.Done<Void>) throws(GRPCStatus) -> Void
    ) {
        countIfNobodys(metadata)
        let caller = Caller(api: .scheduler, appID: metadata.appID, peer: peers.remote)
        do throws(GRPCStatus) {
            try call(caller) {
                reply($0.map { done }.mapError { refusal($0, .delete) })
            }
        } catch {
            reply(.failure(error))
        }
    }

    private func countIfNobodys(_ metadata: JobMetadata) {
        if metadata.isNobodys { metrics.count(.authorization) }
    }

    /// The status of a rejection, in the words that Dapr's sidecars pass on.
    private func refusal(_ rejection: Rejection, _ operation: WireError.Operation) -> GRPCStatus {
        let error = WireError.rejected(rejection, during: operation)
        return GRPCStatus(GRPCStatus.Code(error.grpcCode), error.cause ?? error.message)
    }
}
