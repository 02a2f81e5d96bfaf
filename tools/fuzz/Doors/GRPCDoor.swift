// Messages of both gRPC services, from their bytes to what is asked of the scheduler.

import DaprAPI
import DaprGRPC
import DaprProtos
import GRPC
import Jobs
import Scheduler
import SwiftProtobuf

enum GRPCDoor {
    /// Which message the bytes are; by the first byte of an input.
    enum Kind: UInt8, CaseIterable {
        case runtimeJob, job, job2, get, list, deleteByMetadata, deleteByNamePrefix, watch
    }

    static func enter(_ input: [UInt8]) throws(Breach) -> Door.Verdict {
        guard let first = input.first, let kind = Kind(rawValue: first & 7) else { return .refused }
        let bytes = Array(input.dropFirst())
        do {
            switch kind {
            case .runtimeJob: try runtimeJob(read(bytes))
            case .job, .job2: try job(read(bytes))
            case .get: try get(read(bytes))
            case .list: try list(read(bytes))
            case .deleteByMetadata: try deleteByMetadata(read(bytes))
            case .deleteByNamePrefix: try deleteByNamePrefix(read(bytes))
            case .watch: try watch(read(bytes))
            }
            return .accepted
        } catch let breach as Breach {
            throw breach
        } catch let error as GRPCStatus {
            try Breach.unless(error.code == .invalidArgument, "a caller's mistake is \(error)")
            return .refused
        } catch {
            return .refused
        }
    }

    /// The message, which is the same after it was written and read once more.
    private static func read<M: Message & Equatable>(_ bytes: [UInt8]) throws -> M {
        let message = try M(serializedBytes: bytes)
        let written: [UInt8] = try message.serializedBytes()
        let again: [UInt8] = try M(serializedBytes: written).serializedBytes()
        // Bytes are compared, as NaN is not equal to itself.
        try Breach.unless(written == again, "the message is another when it is read again")
        return message
    }

    private static func runtimeJob(_ request: Dapr_Proto_Runtime_V1_ScheduleJobRequest) throws {
        let plan: JobPlan
        do throws(WireError) {
            plan = try request.job.plan(
                overwrite: request.overwrite, scope: scope, peer: "peer:1", zones: PlanLaws.zones)
        } catch {
            let status = error.status(for: scope)
            try Breach.unless(status.code == .invalidArgument, "a caller's mistake is \(status)")
            throw error
        }
        guard let accepted = try PlanLaws.check(plan) else { return }
        let shown = try Dapr_Proto_Runtime_V1_Job(accepted.job).plan(
            overwrite: request.overwrite, scope: scope, peer: "peer:1", zones: PlanLaws.zones)
        try checkSame(shown, as: plan)
    }

    private static func job(_ request: Dapr_Proto_Scheduler_V1_ScheduleJobRequest) throws {
        let plan = try request.plan(peer: "peer:1", zones: PlanLaws.zones)
        guard let accepted = try PlanLaws.check(plan) else { return }
        var shown = request
        shown.metadata = JobMetadata(accepted.job.definition)
        // The app of a job that is an app's own is not kept twice.
        shown.metadata.appID = request.metadata.appID
        shown.job = SchedulerJob(accepted.job)
        try checkSame(try shown.plan(peer: "peer:1", zones: PlanLaws.zones), as: plan)
    }

    /// What is shown of a job, posted again, asks for the same job: only a policy that was not
    /// chosen is shown as the one it stands for.
    private static func checkSame(_ shown: JobPlan, as plan: JobPlan) throws(Breach) {
        var request = plan.request
        request.failurePolicy = request.failurePolicy ?? .standard
        try Breach.unless(
            shown.request == request, "shown it asks for \(shown.request), not for \(request)")
    }

    private static func get(_ request: Dapr_Proto_Scheduler_V1_GetJobRequest) throws {
        let id = try request.metadata.jobID(named: request.name)
        try Breach.unless(JobID(key: id.key) == id, "its id cannot be read back")
    }

    private static func list(_ request: Dapr_Proto_Scheduler_V1_ListJobsRequest) throws {
        _ = try request.metadata.prefix(byPrefix: false)
    }

    private static func deleteByMetadata(
        _ request: Dapr_Proto_Scheduler_V1_DeleteByMetadataRequest
    ) throws {
        let prefix = try request.metadata.prefix(byPrefix: request.idPrefixMatch)
        try checkReach(of: prefix, in: request.metadata)
    }

    private static func deleteByNamePrefix(
        _ request: Dapr_Proto_Scheduler_V1_DeleteByNamePrefixRequest
    ) throws {
        let prefix = try request.metadata.prefix(byPrefix: false, name: request.namePrefix)
        try checkReach(of: prefix, in: request.metadata)
    }

    /// No deletion reaches beyond its namespace.
    private static func checkReach(
        of prefix: JobPrefix, in metadata: JobMetadata
    ) throws(Breach) {
        let scope = Array(metadata.namespace.utf8) + [0]
        try Breach.unless(
            prefix.key.dropFirst().starts(with: scope), "it deletes in other namespaces")
    }

    private static func watch(_ request: Dapr_Proto_Scheduler_V1_WatchJobsRequest) throws {
        guard case .initial(let initial) = request.watchJobRequestType else { return }
        let routes = try initial.routes()
        try Breach.unless(Set(routes).count == routes.count, "a route twice")
        for route in routes {
            try Breach.unless(
                RouteKey(storedKey: route.key) == route && route.namespace == initial.namespace,
                "a route that cannot be read back")
        }
        for limit in try initial.limits() {
            try Breach.unless((limit.inFlightMax ?? 0) > 0, "a limit of nothing")
        }
    }

    // Safe because the parts are letters.
    private static let scope = try! WireScope(namespace: "default", appID: "shop")
}
