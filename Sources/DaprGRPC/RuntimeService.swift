// The part of a Dapr sidecar's gRPC API that Daybook serves. The server answers other methods with
// UNIMPLEMENTED. Some methods had their own messages before they were stable.

package import DaprAPI
import DaprProtos
package import GRPC
import SwiftProtobuf

package enum RuntimeService {
    private static let path = "/dapr.proto.runtime.v1.Dapr/"

    /// The methods of one app's API. `bytesMax` limits a request.
    package static func methods(
        _ jobs: RuntimeJobs, scope: WireScope, about metadata: WireMetadata, bytesMax: Int
    ) -> GRPCMethods {
        var methods = GRPCMethods()
        for name in ["ScheduleJob", "ScheduleJobAlpha1"] {
            methods.unary(path + name, bytesMax: bytesMax, jobs.schedule)
        }
        for name in ["GetJob", "GetJobAlpha1"] {
            methods.unary(path + name, bytesMax: bytesMax, awaiting: jobs.get)
        }
        for name in ["DeleteJob", "DeleteJobAlpha1"] {
            methods.unary(path + name, bytesMax: bytesMax, jobs.delete)
        }
        methods.addLists(jobs, at: path, bytesMax: bytesMax)
        let known = answer(about: metadata, scope: scope)
        methods.unary(path + "GetMetadata", bytesMax: bytesMax) {
            (_: Dapr_Proto_Runtime_V1_GetMetadataRequest, _, reply) in
            reply(.success(known))
        }
        return methods
    }

    private static func answer(
        about metadata: WireMetadata, scope: WireScope
    ) -> Dapr_Proto_Runtime_V1_GetMetadataResponse {
        .with {
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
}

extension GRPCMethods {
    fileprivate mutating func addLists(_ jobs: RuntimeJobs, at path: String, bytesMax: Int) {
        unary(path + "ListJobs", bytesMax: bytesMax, awaiting: jobs.listJobs)
        unary(path + "ListJobsAlpha1", bytesMax: bytesMax, awaiting: jobs.listJobsAlpha1)
        typealias Stable = Dapr_Proto_Runtime_V1_DeleteJobsByPrefixRequest
        typealias Alpha = Dapr_Proto_Runtime_V1_DeleteJobsByPrefixRequestAlpha1
        unary(
            path + "DeleteJobsByPrefix", bytesMax: bytesMax,
            jobs.deleting(Dapr_Proto_Runtime_V1_DeleteJobsByPrefixResponse()) {
                (request: Stable) in request.namePrefix
            })
        unary(
            path + "DeleteJobsByPrefixAlpha1", bytesMax: bytesMax,
            jobs.deleting(Dapr_Proto_Runtime_V1_DeleteJobsByPrefixResponseAlpha1()) {
                (request: Alpha) in request.namePrefix
            })
    }
}

extension RuntimeJobs {
    /// Deletes all jobs whose names begin with the request's `prefix`, and answers `done`.
    fileprivate func deleting<Request: Message, Done: Message>(
        _ done: Done, _ prefix: @escaping @Sendable (Request) -> String
    ) -> @Sendable (Request, GRPCPeers, @escaping GRPCReply<Done>) -> Void {
        { request, peers, reply in
            deleteAll(namedFrom: prefix(request), peers: peers) { reply($0.map { done }) }
        }
    }

    fileprivate func listJobs(
        _ request: Dapr_Proto_Runtime_V1_ListJobsRequest, _ peers: GRPCPeers
    ) async throws(GRPCStatus) -> Dapr_Proto_Runtime_V1_ListJobsResponse {
        let all = try await allJobs()
        return .with { $0.jobs = all }
    }

    fileprivate func listJobsAlpha1(
        _ request: Dapr_Proto_Runtime_V1_ListJobsRequestAlpha1, _ peers: GRPCPeers
    ) async throws(GRPCStatus) -> Dapr_Proto_Runtime_V1_ListJobsResponseAlpha1 {
        let all = try await allJobs()
        return .with { $0.jobs = all }
    }
}
