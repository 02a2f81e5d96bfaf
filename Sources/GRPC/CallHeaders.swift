// What the first headers of a call must be. gRPC: doc/PROTOCOL-HTTP2.md, Requests.

import NIOCore
import NIOHPACK

enum CallHeaders {
    /// The HTTP status for whoever does not speak gRPC; `nil` for one who does.
    static func httpRefusal(of headers: HPACKHeaders) -> String? {
        guard headers.first(name: ":method") == "POST" else { return "405" }
        let type = headers.first(name: "content-type") ?? ""
        let isGRPC =
            type == "application/grpc" || type.hasPrefix("application/grpc+")
            || type.hasPrefix("application/grpc;")
        return isGRPC ? nil : "415"
    }

    /// How long the call may take, if it says so. Throws for what it says and we cannot do.
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
