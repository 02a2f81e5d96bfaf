// Conversion between the scheduler service's messages and the domain: a job's identity and its
// contents. Dapr: pkg/scheduler/server/internal/serialize.

import DaprAPI
package import DaprProtos
package import GRPC
package import Jobs
package import Scheduler
import SwiftProtobuf

package typealias SchedulerJob = Dapr_Proto_Scheduler_V1_Job
package typealias JobMetadata = Dapr_Proto_Scheduler_V1_JobMetadata

extension JobMetadata {
    /// Whether the namespace or the app of the job is missing.
    var isNobodys: Bool { namespace.isEmpty || appID.isEmpty }

    /// The job's target. Throws if the namespace, the app or the type is missing.
    func checkedTarget() throws(GRPCStatus) -> Target {
        guard !isNobodys else {
            throw .nobodys
        }
        switch target.type {
        case .job: return .app(appID)
        case .actor(let actor): return .actor(type: actor.type, id: actor.id)
        case nil: throw GRPCStatus(.invalidArgument, "unknown job type: none is set")
        }
    }

    var isOfActor: Bool { if case .actor = target.type { true } else { false } }

    package func jobID(named name: String) throws(GRPCStatus) -> JobID {
        let target = try checkedTarget()
        return try GRPCStatus.refusing { () throws(InvalidField) in
            try JobID(namespace: namespace, target: target, name: name)
        }
    }

    /// All jobs of the app, or of the actor, or of all actors of the type if the id is empty. With
    /// `byPrefix` the id is a prefix of ids.
    package func prefix(byPrefix: Bool, name: String = "") throws(GRPCStatus) -> JobPrefix {
        let target = try checkedTarget()
        return try GRPCStatus.refusing { () throws(InvalidField) in
            switch target {
            case .app(let id) where byPrefix: try JobPrefix(namespace: namespace, appIDs: id)
            case .actor(let type, let id) where byPrefix || id.isEmpty:
                if name.isEmpty {
                    try JobPrefix(namespace: namespace, actorType: type, ids: id)
                } else {
                    throw InvalidField("actor id", "is empty; a name needs it")
                }
            case .app, .actor:
                try JobPrefix(namespace: namespace, target: target, prefix: name)
            }
        }
    }

    /// The metadata of a job that was accepted without any metadata beyond its identity.
    init(_ id: JobID) {
        self.init()
        let parts = id.parts
        namespace = parts.namespace
        switch parts.target {
        case .app(let appID):
            self.appID = appID
            target.job = .init()
        case .actor(let type, let id):
            target.actor = .with {
                $0.type = type
                $0.id = id
            }
        }
    }

    /// The metadata with which `definition` was accepted.
    package init(_ definition: Definition) {
        self.init(definition.id)
        if let submitted = definition.submittedAppID { appID = submitted }
        if let key = definition.concurrencyKey { concurrencyKey = key }
    }
}

extension SchedulerJob {
    package init(_ stored: StoredJob) {
        self.init()
        let definition = stored.definition
        if let text = definition.schedule { schedule = text }
        if let text = definition.dueTime { dueTime = text }
        if let text = definition.ttl { ttl = text }
        if let count = definition.repeats { repeats = count }
        if let payload = stored.payload { data = AnyMessage(payload) }
        failurePolicy = definition.failurePolicy.message
    }
}

extension Dapr_Proto_Scheduler_V1_ScheduleJobRequest {
    package func plan(peer: String, zones: some ZoneSource) throws(GRPCStatus) -> JobPlan {
        let id = try metadata.jobID(named: name)
        guard hasJob else {
            throw GRPCStatus(.invalidArgument, "the request has no job")
        }
        return try GRPCStatus.refusing { () throws(InvalidField) in
            var request = JobRequest(
                id: id, schedule: job.hasSchedule ? job.schedule : nil,
                dueTime: job.hasDueTime ? job.dueTime : nil, ttl: job.hasTtl ? job.ttl : nil,
                repeats: job.hasRepeats ? job.repeats : nil,
                failurePolicy: job.hasFailurePolicy
                    ? try FailurePolicy(job.failurePolicy) : nil,
                payload: job.hasData ? Payload(job.data) : nil,
                overwrite: overwrite ? .replace : .refuse,
                caller: Caller(api: .scheduler, appID: metadata.appID, peer: peer))
            if case .actor = id.target { request.submittedAppID = metadata.appID }
            if metadata.hasConcurrencyKey { request.concurrencyKey = metadata.concurrencyKey }
            return try JobPlan(request, zones: zones)
        }
    }
}

extension GRPCStatus {
    /// The error for a request without a namespace or an app.
    static let nobodys = GRPCStatus(
        .invalidArgument, "missing namespace or appID in request")

    /// Maps an invalid field to INVALID_ARGUMENT.
    static func refusing<Value>(
        _ make: () throws(InvalidField) -> Value
    ) throws(GRPCStatus) -> Value {
        do {
            return try make()
        } catch {
            throw GRPCStatus(
                .invalidArgument, "job failed validation: \(error.field): \(error.reason)")
        }
    }
}
