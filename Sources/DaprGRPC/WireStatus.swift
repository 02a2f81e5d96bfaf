// Errors as gRPC says them: the status, and one detail with the same reason as over HTTP.
// Dapr: kit errors/errors.go.

package import DaprAPI
import GRPCCore
package import GRPCProtobuf

extension WireError {
    /// What a client is sent, for the app that asked.
    package func status(for scope: WireScope) -> GoogleRPCStatus {
        var metadata: [String: String] = [:]
        if details != .none { metadata["appID"] = scope.appID }
        if details == .appAndNamespace { metadata["namespace"] = scope.namespace }
        return GoogleRPCStatus(
            code: RPCError.Code(grpcCode), message: message,
            details: .errorInfo(reason: code, domain: "dapr.io", metadata: metadata))
    }
}

extension RPCError.Code {
    package init(_ code: GRPCCode) {
        self =
            switch code {
            case .invalidArgument: .invalidArgument
            case .notFound: .notFound
            case .alreadyExists: .alreadyExists
            case .resourceExhausted: .resourceExhausted
            case .unimplemented: .unimplemented
            case .unavailable: .unavailable
            case .cancelled: .cancelled
            }
    }
}
