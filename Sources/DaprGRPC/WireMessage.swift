// Conversion of jobs between an app's messages and the domain. Dapr: pkg/api/universal/jobs.go.

package import DaprAPI
package import DaprProtos
package import Jobs
package import Scheduler
import SwiftProtobuf

package typealias RuntimeJob = Dapr_Proto_Runtime_V1_Job

extension RuntimeJob {
    /// A job as shown by GetJob and ListJobs: texts as submitted.
    package init(_ stored: StoredJob) {
        self.init()
        let definition = stored.definition
        name = definition.id.name
        if let text = definition.schedule { schedule = text }
        if let text = definition.dueTime { dueTime = text }
        if let text = definition.ttl { ttl = text }
        if let count = definition.repeats { repeats = count }
        if let payload = stored.payload { data = AnyMessage(payload) }
        failurePolicy = definition.failurePolicy.message
    }

    /// The plan in this message. An empty text counts as given, and is rejected.
    package func plan(
        overwrite: Bool, scope: WireScope, peer: String, zones: some ZoneSource
    ) throws(WireError) -> JobPlan {
        if name.isEmpty { throw .nameEmpty }
        if !hasSchedule && !hasDueTime { throw .scheduleEmpty }
        do throws(InvalidField) {
            return try JobPlan(
                JobRequest(
                    id: scope.id(named: name),
                    schedule: hasSchedule ? schedule : nil,
                    dueTime: hasDueTime ? dueTime : nil,
                    ttl: hasTtl ? ttl : nil,
                    repeats: hasRepeats ? repeats : nil,
                    failurePolicy: hasFailurePolicy ? FailurePolicy(failurePolicy) : nil,
                    payload: hasData ? Payload(data) : nil,
                    overwrite: overwrite ? .replace : .refuse,
                    caller: scope.caller(api: .grpc, peer: peer)),
                zones: zones)
        } catch {
            throw .invalid(error, during: .schedule)
        }
    }
}
