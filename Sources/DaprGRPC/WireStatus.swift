// Errors over gRPC: the status, and one detail with the same reason as over HTTP. Dapr: kit
// errors/errors.go.

package import DaprAPI
import DaprProtos
package import GRPC
import SwiftProtobuf

extension WireError {
    /// The status sent to the calling app.
    package func status(for scope: WireScope) -> GRPCStatus {
        var metadata: [String: String] = [:]
        if details != .none { metadata["appID"] = scope.appID }
        if details == .appAndNamespace { metadata["namespace"] = scope.namespace }
        let code = GRPCStatus.Code(grpcCode)
        let info = Google_Rpc_ErrorInfo.with {
            $0.reason = self.code
            $0.domain = "dapr.io"
            $0.metadata = metadata
        }
        let status = Google_Rpc_Status.with {
            $0.code = code.rawValue
            $0.message = message
            // Neither can fail: there are no required fields, and no messages of unknown types.
            $0.details = [try? Google_Protobuf_Any(message: info)].compactMap { $0 }
        }
        return GRPCStatus(code, message, details: (try? status.serializedBytes()) ?? [])
    }
}

extension GRPCStatus.Code {
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
