// The part of a Dapr sidecar's gRPC API that Daybook serves. Methods it does not have are answered
// UNIMPLEMENTED by the server.

package import DaprAPI
package import DaprProtos
package import GRPCCore
import SwiftProtobuf

package struct RuntimeService: Dapr_Proto_Runtime_V1_Dapr.SimpleServiceProtocol {
    private let jobs: RuntimeJobs
    private let metadata: Dapr_Proto_Runtime_V1_GetMetadataResponse

    package init(jobs: RuntimeJobs, scope: WireScope, about metadata: WireMetadata) {
        self.jobs = jobs
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

    package func scheduleJob(
        request: Dapr_Proto_Runtime_V1_ScheduleJobRequest, context: ServerContext
    ) async throws -> Dapr_Proto_Runtime_V1_ScheduleJobResponse {
        try await jobs.schedule(request, peer: context.remotePeer)
        return .init()
    }

    package func getJob(
        request: Dapr_Proto_Runtime_V1_GetJobRequest, context: ServerContext
    ) async throws -> Dapr_Proto_Runtime_V1_GetJobResponse {
        let job = try await jobs.get(request.name)
        return .with { $0.job = job }
    }

    package func deleteJob(
        request: Dapr_Proto_Runtime_V1_DeleteJobRequest, context: ServerContext
    ) async throws -> Dapr_Proto_Runtime_V1_DeleteJobResponse {
        try await jobs.delete(request.name, peer: context.remotePeer)
        return .init()
    }

    package func listJobs(
        request: Dapr_Proto_Runtime_V1_ListJobsRequest, context: ServerContext
    ) async throws -> Dapr_Proto_Runtime_V1_ListJobsResponse {
        let all = try await jobs.list()
        return .with { $0.jobs = all }
    }

    package func deleteJobsByPrefix(
        request: Dapr_Proto_Runtime_V1_DeleteJobsByPrefixRequest, context: ServerContext
    ) async throws -> Dapr_Proto_Runtime_V1_DeleteJobsByPrefixResponse {
        try await jobs.deleteAll(namedFrom: request.namePrefix, peer: context.remotePeer)
        return .init()
    }

    package func getMetadata(
        request: Dapr_Proto_Runtime_V1_GetMetadataRequest, context: ServerContext
    ) async throws -> Dapr_Proto_Runtime_V1_GetMetadataResponse { metadata }
}

// The names these methods had before they were stable.
extension RuntimeService {
    package func scheduleJobAlpha1(
        request: Dapr_Proto_Runtime_V1_ScheduleJobRequest, context: ServerContext
    ) async throws -> Dapr_Proto_Runtime_V1_ScheduleJobResponse {
        try await scheduleJob(request: request, context: context)
    }

    package func getJobAlpha1(
        request: Dapr_Proto_Runtime_V1_GetJobRequest, context: ServerContext
    ) async throws -> Dapr_Proto_Runtime_V1_GetJobResponse {
        try await getJob(request: request, context: context)
    }

    package func deleteJobAlpha1(
        request: Dapr_Proto_Runtime_V1_DeleteJobRequest, context: ServerContext
    ) async throws -> Dapr_Proto_Runtime_V1_DeleteJobResponse {
        try await deleteJob(request: request, context: context)
    }

    package func listJobsAlpha1(
        request: Dapr_Proto_Runtime_V1_ListJobsRequestAlpha1, context: ServerContext
    ) async throws -> Dapr_Proto_Runtime_V1_ListJobsResponseAlpha1 {
        let all = try await jobs.list()
        return .with { $0.jobs = all }
    }

    package func deleteJobsByPrefixAlpha1(
        request: Dapr_Proto_Runtime_V1_DeleteJobsByPrefixRequestAlpha1, context: ServerContext
    ) async throws -> Dapr_Proto_Runtime_V1_DeleteJobsByPrefixResponseAlpha1 {
        try await jobs.deleteAll(namedFrom: request.namePrefix, peer: context.remotePeer)
        return .init()
    }
}
