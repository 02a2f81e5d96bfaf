// The jobs API of one app over gRPC, behind both names of every method. Nothing is decided here:
// messages become commands, responses become messages.

package import DaprAPI
import DaprProtos
import GRPCProtobuf
import Jobs
package import Scheduler
import SchedulerCore

package struct RuntimeJobs: Sendable {
    private let scope: WireScope
    private let scheduler: Scheduler

    package init(scope: WireScope, scheduler: Scheduler) {
        self.scope = scope
        self.scheduler = scheduler
    }

    func schedule(
        _ request: Dapr_Proto_Runtime_V1_ScheduleJobRequest, peer: String
    ) async throws(GoogleRPCStatus) {
        let plan: JobPlan
        do throws(WireError) {
            guard request.hasJob else { throw .jobEmpty }
            plan = try request.job.plan(
                overwrite: request.overwrite, scope: scope, peer: peer, zones: scheduler.zones)
        } catch {
            scheduler.metrics.countRefusedSchedule()
            throw error.status(for: scope)
        }
        _ = try await submit(.schedule(plan), as: .schedule)
    }

    func get(_ name: String) async throws(GoogleRPCStatus) -> RuntimeJob {
        let response = try await submit(.get(try id(name, .get)), as: .get)
        guard case .found(let job, _) = response else { preconditionFailure("\(response)") }
        return RuntimeJob(job)
    }

    func delete(_ name: String, peer: String) async throws(GoogleRPCStatus) {
        let command = Command.delete(
            try id(name, .delete), scope.caller(api: .grpc, peer: peer))
        _ = try await submit(command, as: .delete)
    }

    /// All jobs of the app, in the order of their names.
    func list() async throws(GoogleRPCStatus) -> [RuntimeJob] {
        let prefix = try prefix("", .list)
        do throws(Rejection) {
            return try await scheduler.jobs(of: prefix).map { RuntimeJob($0) }
        } catch {
            throw refusal(error, .list)
        }
    }

    func deleteAll(namedFrom text: String, peer: String) async throws(GoogleRPCStatus) {
        let command = Command.deleteByPrefix(
            try prefix(text, .delete), scope.caller(api: .grpc, peer: peer))
        _ = try await submit(command, as: .delete)
    }

    /// The scheduler's answer; its refusals are thrown.
    private func submit(
        _ command: Command, as operation: WireError.Operation
    ) async throws(GoogleRPCStatus) -> Response {
        do throws(Rejection) {
            return try await scheduler.accepted(command)
        } catch {
            throw refusal(error, operation)
        }
    }

    private func refusal(
        _ rejection: Rejection, _ operation: WireError.Operation
    ) -> GoogleRPCStatus {
        WireError.rejected(rejection, during: operation).status(for: scope)
    }

    private func id(
        _ name: String, _ operation: WireError.Operation
    ) throws(GoogleRPCStatus) -> JobID {
        do throws(WireError) {
            return try scope.id(named: name, during: operation)
        } catch {
            throw error.status(for: scope)
        }
    }

    private func prefix(
        _ text: String, _ operation: WireError.Operation
    ) throws(GoogleRPCStatus) -> JobPrefix {
        do throws(InvalidField) {
            return try scope.jobPrefix(text)
        } catch {
            throw WireError.invalid(error, during: operation).status(for: scope)
        }
    }
}
