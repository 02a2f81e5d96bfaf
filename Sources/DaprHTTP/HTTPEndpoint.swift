package import DaprAPI
package import HTTPTypes

/// What a server asks for the answers to requests.
package protocol HTTPEndpoint: Sendable {
    /// `peer` says who asks. `body` is called only if the body is needed; it throws the answer to
    /// send if the body cannot be read.
    func answer(
        _ method: HTTPRequest.Method, path: String, peer: String,
        body: () async throws(WireError) -> [UInt8]
    ) async -> WireResponse
}

/// An answer before it is sent.
package struct WireResponse: Equatable, Sendable {
    package let status: HTTPResponse.Status
    /// JSON; empty for an answer without one.
    package let body: [UInt8]
    /// The methods the path accepts, if the request's method was not among them.
    package var allow: [HTTPRequest.Method] = []

    package init(
        status: HTTPResponse.Status, body: [UInt8] = [], allow: [HTTPRequest.Method] = []
    ) {
        self.status = status
        self.body = body
        self.allow = allow
    }

    /// How many jobs a deletion of many has deleted.
    package static func deleted(_ count: Int) -> WireResponse {
        let fields = [("deleted", JSONText.integer(UInt(count)))]
        return WireResponse(status: .ok, body: JSONText.object(fields).bytes)
    }
}

extension WireError {
    /// The error as JSON for a caller that is no app: without the details, and of a refusal by the
    /// scheduler only what it said.
    package var body: [UInt8] {
        JSONText.object([
            ("errorCode", .string(code)), ("message", .string(cause ?? message)),
        ]).bytes
    }
}
