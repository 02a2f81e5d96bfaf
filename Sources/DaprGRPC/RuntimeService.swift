// The part of a Dapr sidecar's gRPC API that Daybook serves. Methods it does not have are answered
// UNIMPLEMENTED by the server.

package import DaprAPI
import DaprProtos
package import GRPCCore
import SwiftProtobuf

package struct RuntimeService: RegistrableRPCService {
    private let jobs: RuntimeJobs
    private let requestBytesMax: Int
    private let metadata: Dapr_Proto_Runtime_V1_GetMetadataResponse

    package init(
        jobs: RuntimeJobs, scope: WireScope, about metadata: WireMetadata, requestBytesMax: Int
    ) {
        self.jobs = jobs
        self.requestBytesMax = requestBytesMax
        self.metadata = .with {
            $0.id = scope.appID
            $0.runtimeVersion = metadata.runtimeVersion
            $0.extendedMetadata = ["namespace": scope.namespace]
            if let app = metadata.app {
                $0.appConnectionProperties = .with {
                    $0.port = Int32(clamping: app.port)
                    $0.protocol = metadata.appProtocol
                    $0.channelAddress = app.host
                }
            }
        }
    }

    package func registerMethods<Transport: ServerTransport>(
        with router: inout RPCRouter<Transport>
    ) {
        typealias Method = Dapr_Proto_Runtime_V1_Dapr.Method
        let bytesMax = requestBytesMax
        for schedule in [Method.ScheduleJob.descriptor, Method.ScheduleJobAlpha1.descriptor] {
            router.register(schedule, bytesMax: bytesMax, scheduleJob)
        }
        for get in [Method.GetJob.descriptor, Method.GetJobAlpha1.descriptor] {
            router.register(get, bytesMax: bytesMax, getJob)
        }
        for delete in [Method.DeleteJob.descriptor, Method.DeleteJobAlpha1.descriptor] {
            router.register(delete, bytesMax: bytesMax, deleteJob)
        }
        router.register(Method.ListJobs.descriptor, bytesMax: bytesMax, listJobs)
        router.register(Method.ListJobsAlpha1.descriptor, bytesMax: bytesMax, listJobsAlpha1)
        router.register(
            Method.DeleteJobsByPrefix.descriptor, bytesMax: bytesMax, deleteJobsByPrefix)
        router.register(
            Method.DeleteJobsByPrefixAlpha1.descriptor, bytesMax: bytesMax,
            deleteJobsByPrefixAlpha1)
        router.register(Method.GetMetadata.descriptor, bytesMax: bytesMax, getMetadata)
    }

    private func scheduleJob(
        request: Dapr_Proto_Runtime_V1_ScheduleJobRequest, context: ServerContext
    ) async throws -> Dapr_Proto_Runtime_V1_ScheduleJobResponse {
        try await jobs.schedule(request, peer: context.remotePeer)
        return .init()
    }

    private func getJob(
        request: Dapr_Proto_Runtime_V1_GetJobRequest, context: ServerContext
    ) async throws -> Dapr_Proto_Runtime_V1_GetJobResponse {
        let job = try await jobs.get(request.name)
        return .with { $0.job = job }
    }

    private func deleteJob(
        request: Dapr_Proto_Runtime_V1_DeleteJobRequest, context: ServerContext
    ) async throws -> Dapr_Proto_Runtime_V1_DeleteJobResponse {
        try await jobs.delete(request.name, peer: context.remotePeer)
        return .init()
    }

    private func listJobs(
        request: Dapr_Proto_Runtime_V1_ListJobsRequest, context: ServerContext
    ) async throws -> Dapr_Proto_Runtime_V1_ListJobsResponse {
        let all = try await jobs.list()
        return .with { $0.jobs = all }
    }

    private func deleteJobsByPrefix(
        request: Dapr_Proto_Runtime_V1_DeleteJobsByPrefixRequest, context: ServerContext
    ) async throws -> Dapr_Proto_Runtime_V1_DeleteJobsByPrefixResponse {
        try await jobs.deleteAll(namedFrom: request.namePrefix, peer: context.remotePeer)
        return .init()
    }

    private func getMetadata(
        request: Dapr_Proto_Runtime_V1_GetMetadataRequest, context: ServerContext
    ) async throws -> Dapr_Proto_Runtime_V1_GetMetadataResponse { metadata }
}

// The methods that had messages of their own before they were stable.
extension RuntimeService {
    private func listJobsAlpha1(
        request: Dapr_Proto_Runtime_V1_ListJobsRequestAlpha1, context: ServerContext
    ) async throws -> Dapr_Proto_Runtime_V1_ListJobsResponseAlpha1 {
        let all = try await jobs.list()
        return .with { $0.jobs = all }
    }

    private func deleteJobsByPrefixAlpha1(
        request: Dapr_Proto_Runtime_V1_DeleteJobsByPrefixRequestAlpha1, context: ServerContext
    ) async throws -> Dapr_Proto_Runtime_V1_DeleteJobsByPrefixResponseAlpha1 {
        try await jobs.deleteAll(namedFrom: request.namePrefix, peer: context.remotePeer)
        return .init()
    }
}
