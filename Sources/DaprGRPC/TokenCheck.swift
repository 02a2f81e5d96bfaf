package import DaprAPI
package import GRPC
package import NIOHPACK

extension APIAccess {
    /// Lets in whoever sends one of the tokens as `dapr-api-token`; it is the same whether a token
    /// is missing or wrong.
    package func admit(_ headers: HPACKHeaders) throws(GRPCStatus) {
        guard admits(presented: headers["dapr-api-token"]) else {
            throw GRPCStatus(.unauthenticated, "invalid api token")
        }
    }
}
