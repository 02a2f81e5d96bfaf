// Errors specific to HTTP requests, and the JSON form of all errors.

package import DaprAPI
import HTTPTypes
package import Jobs

extension WireError {
    package static func malformedPath(_ cause: String) -> WireError {
        WireError(
            status: .badRequest, code: "ERR_MALFORMED_REQUEST",
            message: "failed reading the path: \(cause)", details: .none)
    }

    static func malformedQuery(_ cause: String) -> WireError {
        WireError(
            status: .badRequest, code: "ERR_MALFORMED_REQUEST",
            message: "failed reading the query: \(cause)", details: .none)
    }

    static func bodyTooLarge(limit: Int) -> WireError {
        WireError(
            status: .contentTooLarge, code: "ERR_BODY_READ",
            message: "failed to read request body: it is larger than \(limit) bytes",
            details: .none)
    }

    static let bodyUnreadable = WireError(
        status: .badRequest, code: "ERR_BODY_READ",
        message: "failed to read request body: the connection broke", details: .none)

    package static let notReady = WireError(
        status: .internalServerError, code: "ERR_HEALTH_NOT_READY",
        message: "not ready: not all ports are open yet", details: .none)

    package static let nothingThere = WireError(
        status: .notFound, grpcCode: .unimplemented, code: "ERR_DIRECT_INVOKE",
        message: "there is nothing at this path", details: .none)

    package static let methodNotAllowed = WireError(
        status: .methodNotAllowed, grpcCode: .unimplemented, code: "ERR_DIRECT_INVOKE",
        message: "this path does not take that method", details: .none)

    static let nameInBody = WireError(
        status: .badRequest, code: "DAPR_SCHEDULER_JOB_NAME",
        message: "Set the job name in the url only", details: .app)

    /// The query parameter `field` is well-formed but has an invalid value.
    package static func invalidParameter(
        _ field: InvalidField, during operation: Operation
    ) -> WireError {
        failed(
            operation, .badRequest, .invalidArgument, "\(field.field): \(field.reason)")
    }
}

extension WireError {
    /// The error as JSON, for the calling app.
    func body(appID: String, namespace: String) -> [UInt8] {
        var fields: [(String, JSONText)] = [
            ("errorCode", .string(code)), ("message", .string(message)),
        ]
        if details != .none {
            var metadata: [(String, JSONText)] = [("appID", .string(appID))]
            if details == .appAndNamespace { metadata.append(("namespace", .string(namespace))) }
            let info = JSONText.object([
                ("@type", .string("type.googleapis.com/google.rpc.ErrorInfo")),
                ("reason", .string(code)),
                ("domain", .string("dapr.io")),
                ("metadata", .object(metadata)),
            ])
            fields.append(("details", .array([info])))
        }
        return JSONText.object(fields).bytes
    }
}
