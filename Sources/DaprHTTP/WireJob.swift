// Conversion of jobs between JSON and the domain. Dapr: pkg/api/http/universal.go,
// pkg/api/universal/jobs.go.

package import DaprAPI
package import DaprProtos
import EventLog
package import Jobs
package import Scheduler
package import SchedulerCore
import SwiftProtobuf

package enum WireJob {
    /// The plan in `body` for a job called `name`. An empty body counts as `{}`.
    static func plan(
        from body: [UInt8], name: String, version: WireRoute.Version, scope: WireScope,
        peer: String, zones: some ZoneSource
    ) throws(WireError) -> JobPlan {
        let body = try body.isEmpty ? WireBody() : WireBody(WireJSON.value(of: body))
        let job = body.job
        if !job.name.isEmpty { throw .nameInBody }
        if name.isEmpty { throw .nameEmpty }
        if !job.hasSchedule && !job.hasDueTime { throw .scheduleEmpty }
        do throws(InvalidField) {
            var request = try request(
                job, for: scope.id(named: name), caller: scope.caller(api: .http, peer: peer))
            request.payload = body.data.map(WirePayload.payload(of:))
            request.overwrite = overwrite(of: job, version)
            return try JobPlan(request, zones: zones)
        } catch {
            throw .invalid(error, during: .schedule)
        }
    }

    /// What `job` asks for, except its data and what becomes of a job of the same name.
    package static func request(
        _ job: ProtoJob, for id: JobID, caller: Caller
    ) throws(InvalidField) -> JobRequest {
        JobRequest(
            id: id, schedule: job.hasSchedule ? job.schedule : nil,
            dueTime: job.hasDueTime ? job.dueTime : nil, ttl: job.hasTtl ? job.ttl : nil,
            repeats: job.hasRepeats ? job.repeats : nil,
            failurePolicy: try failurePolicy(of: job), caller: caller)
    }

    /// On the older route a job is updated, as documented, by posting it again.
    private static func overwrite(
        of job: ProtoJob, _ version: WireRoute.Version
    ) -> JobRequest.Overwrite {
        if job.hasOverwrite { return job.overwrite ? .replace : .refuse }
        return switch version {
        case .alpha: .replaceUnlessIdentical
        case .stable: .refuse
        }
    }

    private static func failurePolicy(of job: ProtoJob) throws(InvalidField) -> FailurePolicy? {
        switch job.failurePolicy.policy {
        case nil: return nil
        case .drop: return .drop
        case .constant(let constant):
            let interval =
                constant.hasInterval
                ? try WireDuration.nanoseconds(
                    of: constant.interval, field: "failurePolicy.constant.interval") : nil
            return .constant(
                interval: interval, retriesMax: constant.hasMaxRetries ? constant.maxRetries : nil)
        }
    }

    /// A job as shown by GET and lists: texts as submitted, and its status, which Dapr does not
    /// show.
    static func json(of stored: StoredJob, _ status: JobStatus) -> JSONText {
        .object(
            members(of: stored, data: stored.payload.map(WirePayload.anyJSON(of:)), status))
    }

    /// The same, member by member, with `data` as given.
    package static func members(
        of stored: StoredJob, data: JSONText?, _ status: JobStatus
    ) -> [(key: String, value: JSONText)] {
        let definition = stored.definition
        var fields: [(key: String, value: JSONText)] = [("name", .string(definition.id.name))]
        let texts = [
            ("schedule", definition.schedule), ("dueTime", definition.dueTime),
            ("ttl", definition.ttl),
        ]
        for case (let key, let text?) in texts { fields.append((key, .string(text))) }
        if let repeats = definition.repeats { fields.append(("repeats", .integer(repeats))) }
        if let data { fields.append(("data", data)) }
        fields.append(("failurePolicy", json(of: definition.failurePolicy)))
        fields.append(("status", json(of: status, stored)))
        return fields
    }

    private static func json(of status: JobStatus, _ stored: StoredJob) -> JSONText {
        var fields: [(String, JSONText)] = [
            ("generation", .integer(stored.generation.rawValue)),
            ("phase", .string(status.phase.rawValue)),
            ("ticksDone", .integer(status.ticksDone)),
            ("attempt", .integer(status.attempt)),
        ]
        if let due = status.lastDue { fields.append(("lastDue", .string(InstantText.utc(due)))) }
        if let due = status.nextDue { fields.append(("nextDue", .string(InstantText.utc(due)))) }
        if let time = status.triggeredAt {
            fields.append(("triggeredAt", .string(InstantText.utc(time))))
        }
        if let outcome = stored.lastOutcome {
            fields.append(("lastOutcome", WireOutcomes.json(of: outcome)))
        }
        return .object(fields)
    }

    private static func json(of policy: FailurePolicy) -> JSONText {
        switch policy {
        case .drop: return .object([("drop", .object([]))])
        case .constant(let interval, let retriesMax):
            var fields: [(String, JSONText)] = []
            if let interval {
                fields.append(("interval", .string(WireDuration.text(of: interval))))
            }
            if let retriesMax { fields.append(("maxRetries", .integer(retriesMax))) }
            return .object([("constant", .object(fields))])
        }
    }
}
