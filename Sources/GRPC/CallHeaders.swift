// Checks of a call's first headers. gRPC: doc/PROTOCOL-HTTP2.md, Requests.

import NIOCore
import NIOHPACK

enum CallHeaders {
    static let ofAnswer: HPACKHeaders = [":status": "200", "content-type": "application/grpc"]

    /// The HTTP status for a request that is not gRPC; `nil` for one that is.
    static func httpRefusal(of headers: HPACKHeaders) -> String? {
        guard headers.first(name: ":method") == "POST" else { return "405" }
        let type = headers.first(name: "content-type") ?? ""
        let isGRPC =
            type == "application/grpc" || type.hasPrefix("application/grpc+")
            || type.hasPrefix("application/grpc;")
        return isGRPC ? nil : "415"
    }

    /// How long the call may take, if its headers set a limit. Throws for headers this server does
    /// not support.
    static func timeout(in headers: HPACKHeaders) throws(GRPCStatus) -> TimeAmount? {
        if let encoding = headers.first(name: "grpc-encoding"), encoding != "identity" {
            throw GRPCStatus(
                .unimplemented, "messages compressed by \(encoding) are not understood")
        }
        guard let text = headers.first(name: "grpc-timeout") else { return nil }
        guard let timeout = CallTimeout.parse(text) else {
            throw GRPCStatus(.invalidArgument, "grpc-timeout is no timeout: \(text)")
        }
        return timeout
    }
}
