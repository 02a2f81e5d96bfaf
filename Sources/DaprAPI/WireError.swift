// Maps every error to an HTTP answer. Codes and texts are those that clients of the API know;
// statuses are more exact than Dapr's where it answers 500 to a caller's mistake. Dapr:
// pkg/api/errors/scheduler.go, pkg/messages/errorcodes/errorcodes.go.

package import HTTPTypes
package import Jobs
package import SchedulerCore

/// gRPC's name for the error. Error texts contain it over HTTP too.
package enum GRPCCode: String, Sendable {
    case invalidArgument = "InvalidArgument"
    case notFound = "NotFound"
    case alreadyExists = "AlreadyExists"
    case resourceExhausted = "ResourceExhausted"
    case unimplemented = "Unimplemented"
    case unavailable = "Unavailable"
    case cancelled = "Canceled"
}

/// An error answer, for HTTP and for gRPC.
package struct WireError: Error, Equatable, Sendable {
    package let status: HTTPResponse.Status
    package let grpcCode: GRPCCode
    /// The `errorCode`, which is also the reason in the details.
    package let code: String
    package let message: String
    /// The end of the message if the scheduler rejected the request.
    package let cause: String?
    package let details: Details

    package init(
        status: HTTPResponse.Status, grpcCode: GRPCCode = .invalidArgument, code: String,
        message: String, cause: String? = nil, details: Details
    ) {
        self.status = status
        self.grpcCode = grpcCode
        self.code = code
        self.message = message
        self.cause = cause
        self.details = details
    }

    package enum Details: Equatable, Sendable {
        case none
        case app
        case appAndNamespace
    }

    /// The operation that failed.
    package enum Operation: Sendable {
        case schedule
        case get
        case delete
        case list
        case history
        case outcomes
        case acceptClock
    }
}

extension WireError {
    /// The body is malformed; `cause` must not quote it.
    package static func malformed(_ cause: String) -> WireError {
        WireError(
            status: .badRequest, code: "ERR_MALFORMED_REQUEST",
            message: "failed deserializing HTTP body: \(cause)", details: .none)
    }

    package static let jobEmpty = WireError(
        status: .badRequest, code: "DAPR_SCHEDULER_EMPTY", message: "Job is empty",
        details: .appAndNamespace)

    package static let nameEmpty = WireError(
        status: .badRequest, code: "DAPR_SCHEDULER_JOB_NAME_EMPTY", message: "Name is empty",
        details: .appAndNamespace)

    package static let scheduleEmpty = WireError(
        status: .badRequest, code: "DAPR_SCHEDULER_SCHEDULE_EMPTY", message: "Schedule is empty",
        details: .appAndNamespace)

    package static func invalid(_ field: InvalidField, during operation: Operation) -> WireError {
        failed(
            operation, .badRequest, .invalidArgument,
            "job failed validation: \(field.field): \(field.reason)")
    }

    /// The error for a rejection by the scheduler.
    package static func rejected(_ rejection: Rejection, during operation: Operation) -> WireError {
        switch rejection {
        case .invalid(let field):
            invalid(field, during: operation)
        case .alreadyExists(let id):
            failed(
                operation, .conflict, .alreadyExists, "job already exists: '\(id.joined)'")
        case .notFound(let id):
            failed(operation, .notFound, .notFound, "job not found: \(id.name)")
        case .overloaded:
            failed(
                operation, .tooManyRequests, .resourceExhausted,
                "too many requests wait already; try again later")
        case .outOfSpace:
            failed(
                operation, .outOfSpace, .resourceExhausted,
                "the scheduler's disk is full, or nearly")
        case .unavailable:
            failed(
                operation, .serviceUnavailable, .unavailable,
                "the scheduler cannot store anything at the moment")
        case .stopping:
            failed(operation, .requestTimeout, .cancelled, "the scheduler is stopping")
        }
    }

    package static func failed(
        _ operation: Operation, _ status: HTTPResponse.Status, _ grpcCode: GRPCCode, _ cause: String
    ) -> WireError {
        let (code, intent) =
            switch operation {
            case .schedule: ("DAPR_SCHEDULER_SCHEDULE_JOB", "schedule job")
            case .get: ("DAPR_SCHEDULER_GET_JOB", "get job")
            case .delete: ("DAPR_SCHEDULER_DELETE_JOB", "delete job")
            case .list: ("DAPR_SCHEDULER_LIST_JOBS", "list jobs")
            // Not codes of Dapr's, but in the same form.
            case .history: ("DAPR_SCHEDULER_JOB_HISTORY", "read job history")
            case .outcomes: ("DAPR_SCHEDULER_JOB_OUTCOMES", "list outcomes")
            case .acceptClock: ("DAPR_SCHEDULER_ACCEPT_CLOCK", "accept the clock")
            }
        return WireError(
            status: status, grpcCode: grpcCode, code: code,
            message: """
                failed to \(intent) due to: rpc error: code = \(grpcCode.rawValue) desc = \(cause)
                """,
            cause: cause,
            details: .appAndNamespace)
    }
}

extension WireScope {
    /// For the job that a request names.
    package func id(
        named name: String, during operation: WireError.Operation
    ) throws(WireError) -> JobID {
        if name.isEmpty { throw .nameEmpty }
        do {
            return try id(named: name)
        } catch {
            throw .invalid(error, during: operation)
        }
    }
}

extension JobID {
    /// All parts joined in Dapr's form. Dapr: pkg/scheduler/server/internal/serialize.
    fileprivate var joined: String {
        switch target {
        case .app(let appID): "app||\(namespace)||\(appID)||\(name)"
        case .actor(let type, let id): "actorreminder||\(namespace)||\(type)||\(id)||\(name)"
        }
    }
}

extension HTTPResponse.Status {
    /// RFC 4918.
    fileprivate static var outOfSpace: HTTPResponse.Status {
        HTTPResponse.Status(code: 507, reasonPhrase: "Insufficient Storage")
    }
}
