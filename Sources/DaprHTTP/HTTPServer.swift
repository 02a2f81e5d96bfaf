// The listener: turns Hummingbird's requests into calls of an endpoint and its answers into
// responses. There is no router, because names need the path as received.

package import DaprAPI
import HTTPTypes
import HummingbirdCore
package import Listeners
package import Logging
import NIOCore
import ServiceLifecycle

package struct HTTPServer: Service {
    private let endpoint: any HTTPEndpoint
    private let access: APIAccess
    private let origins: OriginRules?
    private let address: HTTPListener.Address
    private let connectionsMax: Int
    private let unsent: UnsentBytes
    private let bodyBytesMax: Int
    private let logger: Logger
    private let onListening: @Sendable (Int) -> Void

    /// `onListening` receives the port once requests are accepted. `origins` apply while no token is
    /// asked for.
    package init(
        endpoint: any HTTPEndpoint, access: APIAccess = APIAccess(), origins: OriginRules? = nil,
        on address: HTTPListener.Address, connectionsMax: Int = WireLimits.connectionsMax,
        unsent: UnsentBytes = UnsentBounds().answers,
        bodyBytesMax: Int = HTTPLimits.bodyBytesMax, logger: Logger,
        onListening: @escaping @Sendable (Int) -> Void = { _ in }
    ) {
        self.endpoint = endpoint
        self.access = access
        self.origins = origins
        self.address = address
        self.connectionsMax = connectionsMax
        self.unsent = unsent
        self.bodyBytesMax = bodyBytesMax
        self.logger = logger
        self.onListening = onListening
    }

    /// Serves until graceful shutdown; throws if it cannot listen.
    package func run() async throws {
        let responder = Responder(
            endpoint: endpoint, access: access, origins: origins, bodyBytesMax: bodyBytesMax)
        try await HTTPListener(
            on: address, connectionsMax: connectionsMax, unsent: unsent, logger: logger,
            takesBody: responder.takesBody, onListening: onListening
        ) { request, peer in
            await responder.respond(to: request, peer: peer)
        }.run()
    }
}

private struct Responder {
    let endpoint: any HTTPEndpoint
    let access: APIAccess
    let origins: OriginRules?
    let bodyBytesMax: Int

    /// A body that would be refused by its head need not be sent.
    @Sendable func takesBody(
        _ method: String, _ target: String, _ header: (String) -> [String]
    ) -> Bool {
        guard let method = HTTPRequest.Method(rawValue: method) else { return false }
        return fits(header("content-length").first)
            && access.admits(method, path: target, presented: header("dapr-api-token"))
    }

    /// Whether a body of this length is taken; without a length it is read up to the limit.
    private func fits(_ contentLength: String?) -> Bool {
        (contentLength.flatMap { Int($0) } ?? 0) <= bodyBytesMax
    }

    func respond(to request: Request, peer: String) async -> HummingbirdCore.Response {
        let answer = await answer(to: request, peer: peer)
        // A body after HEAD would be read as the start of the next answer.
        let body = request.method == .head ? [] : answer.body
        var headers = HTTPFields()
        if !body.isEmpty { headers[.contentType] = "application/json" }
        if !answer.allow.isEmpty {
            headers[.allow] = answer.allow.map(\.rawValue).joined(separator: ", ")
        }
        return HummingbirdCore.Response(
            status: answer.status, headers: headers,
            body: body.isEmpty
                ? ResponseBody() : ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
    }

    /// A request without access is rejected before a byte of its body is read.
    private func answer(to request: Request, peer: String) async -> WireResponse {
        let path = request.head.path ?? ""
        let presented = request.headers[values: .daprAPIToken]
        guard access.admits(request.method, path: path, presented: presented) else {
            return .unauthorized
        }
        if !access.asksForToken, let refusal = origins?.refusal(of: request.head, peer: peer) {
            return WireResponse(
                status: refusal.status, body: refusal.body(appID: "", namespace: ""))
        }
        return await endpoint.answer(request.method, path: path, peer: peer) {
            () async throws(WireError) -> [UInt8] in
            guard fits(request.headers[.contentLength]) else {
                throw .bodyTooLarge(limit: bodyBytesMax)
            }
            do {
                return Array(buffer: try await request.body.collect(upTo: bodyBytesMax))
            } catch is NIOTooManyBytesError {
                throw .bodyTooLarge(limit: bodyBytesMax)
            } catch {
                throw .bodyUnreadable
            }
        }
    }
}

extension HTTPField.Name {
    // Safe because it is a valid name of a header field.
    static let daprAPIToken = HTTPField.Name("dapr-api-token")!
}

extension WireResponse {
    /// The same answer for a missing and for a wrong token.
    static var unauthorized: WireResponse {
        let error = WireError(
            status: .unauthorized, code: "ERR_UNAUTHORIZED", message: "invalid api token",
            details: .none)
        return WireResponse(status: error.status, body: error.body(appID: "", namespace: ""))
    }
}
