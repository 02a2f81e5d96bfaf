// The first message of a WatchJobs stream.

package import DaprProtos
package import GRPC
package import Jobs

extension Dapr_Proto_Scheduler_V1_WatchJobsRequestInitial {
    /// The routes whose triggers the client wants.
    package func routes() throws(GRPCStatus) -> [RouteKey] {
        guard !namespace.isEmpty, !appID.isEmpty else {
            throw .nobodys
        }
        guard actorTypes.count <= SidecarLimits.actorTypesMax else {
            throw GRPCStatus(
                .invalidArgument,
                "\(actorTypes.count) actor types were named; at most "
                    + "\(SidecarLimits.actorTypesMax) fit")
        }
        var wanted: [Dapr_Proto_Scheduler_V1_JobTargetType] = []
        for type in acceptJobTypes {
            if case .UNRECOGNIZED(let number) = type {
                throw GRPCStatus(
                    .invalidArgument, "accepted job types do not include \(number)")
            }
            if wanted.contains(type) {
                throw GRPCStatus(.invalidArgument, "duplicate target type specified: \(type)")
            }
            wanted.append(type)
        }
        if wanted.isEmpty { wanted = [.job, .actorReminder] }
        return try GRPCStatus.refusing { () throws(InvalidField) in
            var routes: [RouteKey] = []
            for type in wanted {
                switch type {
                case .job: routes.append(try RouteKey(namespace: namespace, appID: appID))
                case .actorReminder:
                    if actorTypes.isEmpty, !acceptJobTypes.isEmpty {
                        throw InvalidField("actor types", "are missing, and reminders wanted")
                    }
                    // Before they are compared: what is no name can be long.
                    let ofTypes = try actorTypes.map { type throws(InvalidField) in
                        try RouteKey(namespace: namespace, actorType: type)
                    }
                    routes += Set(ofTypes).sorted()
                case .UNRECOGNIZED: continue
                }
            }
            return routes
        }
    }

    /// The client's concurrency limits. Only actors are limited; a limit below 1 counts as none.
    /// Dapr: pkg/scheduler/server/internal/pool/connections/concurrency.go.
    package func limits() throws(GRPCStatus) -> [ConcurrencyLimit] {
        guard concurrencyLimits.count <= SidecarLimits.concurrencyLimitsMax else {
            throw GRPCStatus(
                .invalidArgument,
                "\(concurrencyLimits.count) concurrency limits were named; at most "
                    + "\(SidecarLimits.concurrencyLimitsMax) fit")
        }
        return try GRPCStatus.refusing { () throws(InvalidField) in
            var limits: [ConcurrencyLimit] = []
            for limit in concurrencyLimits {
                guard limit.maxConcurrent > 0, case .actor(let actor) = limit.target else {
                    continue
                }
                guard limit.name.utf8.count <= JobLimits.nameBytesMax else {
                    throw InvalidField(
                        "name of a concurrency limit",
                        "is longer than \(JobLimits.nameBytesMax) bytes, as no key of a job is")
                }
                limits.append(
                    ConcurrencyLimit(
                        route: try RouteKey(namespace: namespace, actorType: actor.type),
                        concurrencyKey: limit.name.isEmpty ? nil : limit.name,
                        inFlightMax: UInt32(limit.maxConcurrent)))
            }
            return limits
        }
    }
}
