package import DaprAPI
package import GRPC
package import NIOHPACK

extension APIAccess {
    /// Admits calls that send one of the tokens as `dapr-api-token`; the error is the same for a
    /// missing and a wrong token.
    package func admit(_ headers: HPACKHeaders) throws(GRPCStatus) {
        guard admits(presented: headers["dapr-api-token"]) else {
            throw GRPCStatus(.unauthenticated, "invalid api token")
        }
    }
}
