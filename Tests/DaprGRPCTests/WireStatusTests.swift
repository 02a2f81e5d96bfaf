import DaprAPI
import DaprGRPC
import DaprProtos
import GRPC
import Jobs
import SchedulerCore
import SwiftProtobuf
import Testing

@Suite("Errors over gRPC")
struct WireStatusTests {
    private func status(_ error: WireError) throws -> GRPCStatus {
        error.status(for: try WireScope(namespace: "ns", appID: "shop"))
    }

    /// The single detail; the status around it must match.
    private func info(in status: GRPCStatus) throws -> Google_Rpc_ErrorInfo {
        let whole = try Google_Rpc_Status(serializedBytes: status.details)
        #expect(whole.code == status.code.rawValue && whole.message == status.message)
        try #require(whole.details.count == 1)
        #expect(whole.details[0].typeURL == "type.googleapis.com/google.rpc.ErrorInfo")
        return try Google_Rpc_ErrorInfo(unpackingAny: whole.details[0])
    }

    @Test(
        "each refusal of the scheduler has its code",
        arguments: [
            (Rejection.invalid(InvalidField("ttl", "is over")), GRPCStatus.Code.invalidArgument),
            (.overloaded, .resourceExhausted), (.outOfSpace, .resourceExhausted),
            (.unavailable, .unavailable), (.stopping, .cancelled),
        ])
    func codes(rejection: Rejection, code: GRPCStatus.Code) throws {
        let status = try status(.rejected(rejection, during: .schedule))
        #expect(status.code == code)
        #expect(status.message.hasPrefix("failed to schedule job due to: rpc error: code = "))
    }

    @Test("a job that is there, and one that is not")
    func jobs() throws {
        let id = try JobID(namespace: "ns", target: .app("shop"), name: "a||b")
        let taken = try status(.rejected(.alreadyExists(id), during: .schedule))
        #expect(taken.code == .alreadyExists)
        #expect(taken.message.hasSuffix("job already exists: 'app||ns||shop||a||b'"))
        let missing = try status(.rejected(.notFound(id), during: .get))
        #expect(missing.code == .notFound)
        #expect(missing.message.hasSuffix("job not found: a||b"))
    }

    @Test("the one detail is the reason, as over HTTP, and whose request it was")
    func details() throws {
        let status = try status(.rejected(.stopping, during: .delete))
        let info = try info(in: status)
        #expect(info.reason == "DAPR_SCHEDULER_DELETE_JOB")
        #expect(info.domain == "dapr.io")
        #expect(info.metadata == ["appID": "shop", "namespace": "ns"])
    }

    @Test(
        "what is missing in a request has a reason of its own",
        arguments: [
            (WireError.jobEmpty, "DAPR_SCHEDULER_EMPTY", "Job is empty"),
            (.nameEmpty, "DAPR_SCHEDULER_JOB_NAME_EMPTY", "Name is empty"),
            (.scheduleEmpty, "DAPR_SCHEDULER_SCHEDULE_EMPTY", "Schedule is empty"),
        ])
    func missing(error: WireError, reason: String, message: String) throws {
        let status = try status(error)
        #expect(status.code == .invalidArgument)
        #expect(status.message == message)
        #expect(try info(in: status).reason == reason)
    }
}
