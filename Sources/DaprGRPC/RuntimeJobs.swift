// The jobs API of one app over gRPC, shared by both names of every method. Nothing is decided here:
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
        scheduler.schedule(plan) {
            reply($0.map { .init() }.mapError { refusal($0, .schedule) })
        }
    }

    func get(
        _ request: Dapr_Proto_Runtime_V1_GetJobRequest, peers: GRPCPeers
    ) async throws(GRPCStatus) -> Dapr_Proto_Runtime_V1_GetJobResponse {
        let id = try id(request.name, .get)
        do throws(Rejection) {
            let job = try await scheduler.get(id).job
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
            scheduler.delete(id, by: caller(peers)) {
                reply($0.map { .init() }.mapError { refusal($0, .delete) })
            }
        } catch {
            reply(.failure(error))
        }
    }

    /// All jobs of the app, in the order of their names.
    func allJobs() async throws(GRPCStatus) -> [RuntimeJob] {
        let prefix = try prefix("", .list)
        do throws(Rejection) {
            return try await scheduler.list(prefix) { RuntimeJob($0) }
        } catch {
            throw refusal(error, .list)
        }
    }

    func deleteAll(
        namedFrom text: String, peers: GRPCPeers,
        done: @escaping @Sendable (Result<Void, GRPCStatus>) -> Void
    ) {
        do throws(GRPCStatus) {
            scheduler.deleteAll(try prefix(text, .delete), by: caller(peers)) {
                done($0.map { _ in }.mapError { refusal($0, .delete) })
            }
        } catch {
            done(.failure(error))
        }
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
