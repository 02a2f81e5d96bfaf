// The jobs API of one app over gRPC, behind both names of every method. Nothing is decided here:
// messages become commands, responses become messages.

package import DaprAPI
import DaprProtos
import GRPC
import Jobs
package import Scheduler
import SchedulerCore
import SwiftProtobuf

package struct RuntimeJobs: Sendable {
    private let scope: WireScope
    private let scheduler: Scheduler

    package init(scope: WireScope, scheduler: Scheduler) {
        self.scope = scope
        self.scheduler = scheduler
    }

    func schedule(
        _ request: Dapr_Proto_Runtime_V1_ScheduleJobRequest, peers: GRPCPeers,
        reply: @escaping GRPCReply<Dapr_Proto_Runtime_V1_ScheduleJobResponse>
    ) {
        let plan: JobPlan
        do throws(WireError) {
            guard request.hasJob else { throw .jobEmpty }
            plan = try request.job.plan(
                overwrite: request.overwrite, scope: scope, peer: peers.remote,
                zones: scheduler.zones)
        } catch {
            scheduler.metrics.countRefusedSchedule()
            return reply(.failure(error.status(for: scope)))
        }
        submit(.schedule(plan), as: .schedule) { reply($0.map { .init() }) }
    }

    func get(
        _ request: Dapr_Proto_Runtime_V1_GetJobRequest, peers: GRPCPeers
    ) async throws(GRPCStatus) -> Dapr_Proto_Runtime_V1_GetJobResponse {
        let command = Command.get(try id(request.name, .get))
        do throws(Rejection) {
            let response = try await scheduler.accepted(command)
            guard case .found(let job, _) = response else { preconditionFailure("\(response)") }
            return .with { $0.job = RuntimeJob(job) }
        } catch {
            throw refusal(error, .get)
        }
    }

    func delete(
        _ request: Dapr_Proto_Runtime_V1_DeleteJobRequest, peers: GRPCPeers,
        reply: @escaping GRPCReply<Dapr_Proto_Runtime_V1_DeleteJobResponse>
    ) {
        do throws(GRPCStatus) {
            let id = try id(request.name, .delete)
            submit(.delete(id, caller(peers)), as: .delete) { reply($0.map { .init() }) }
        } catch {
            reply(.failure(error))
        }
    }

    /// All jobs of the app, in the order of their names.
    func list() async throws(GRPCStatus) -> [RuntimeJob] {
        let prefix = try prefix("", .list)
        do throws(Rejection) {
            return try await scheduler.jobs(of: prefix).map { RuntimeJob($0) }
        } catch {
            throw refusal(error, .list)
        }
    }

    func deleteAll(
        namedFrom text: String, peers: GRPCPeers,
        done: @escaping @Sendable (Result<Void, GRPCStatus>) -> Void
    ) {
        do throws(GRPCStatus) {
            submit(.deleteByPrefix(try prefix(text, .delete), caller(peers)), as: .delete, done)
        } catch {
            done(.failure(error))
        }
    }

    private func submit(
        _ command: Command, as operation: WireError.Operation,
        _ done: @escaping @Sendable (Result<Void, GRPCStatus>) -> Void
    ) {
        scheduler.submit(command) { done($0.done.mapError { refusal($0, operation) }) }
    }

    private func refusal(
        _ rejection: Rejection, _ operation: WireError.Operation
    ) -> GRPCStatus {
        WireError.rejected(rejection, during: operation).status(for: scope)
    }

    private func caller(_ peers: GRPCPeers) -> Caller {
        scope.caller(api: .grpc, peer: peers.remote)
    }

    private func id(
        _ name: String, _ operation: WireError.Operation
    ) throws(GRPCStatus) -> JobID {
        do throws(WireError) {
            return try scope.id(named: name, during: operation)
        } catch {
            throw error.status(for: scope)
        }
    }

    private func prefix(
        _ text: String, _ operation: WireError.Operation
    ) throws(GRPCStatus) -> JobPrefix {
        do throws(InvalidField) {
            return try scope.jobPrefix(text)
        } catch {
            throw WireError.invalid(error, during: operation).status(for: scope)
        }
    }
}
