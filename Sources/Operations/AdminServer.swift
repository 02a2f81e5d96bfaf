// The admin listener. It opens before the log does, so that a long boot can be watched.

import HTTPTypes
import HummingbirdCore
package import Listeners
package import Logging
import NIOCore

package struct AdminServer: Sendable {
    private let endpoint: AdminEndpoint
    private let host: String
    private let port: Int
    private let unsent: UnsentBytes
    private let logger: Logger

    /// Port 0 takes any free port.
    package init(
        endpoint: AdminEndpoint, host: String, port: Int, unsent: UnsentBytes, logger: Logger
    ) {
        self.endpoint = endpoint
        self.host = host
        self.port = port
        self.unsent = unsent
        self.logger = logger
    }

    /// Serves until cancelled; `onListening` receives the port. Throws `CannotListen`.
    package func run(onListening: @escaping @Sendable (Int) -> Void) async throws {
        let endpoint = endpoint
        try await HTTPListener(
            on: .host(host, port: port), connectionsMax: AdminLimits.connectionsMax, unsent: unsent,
            logger: logger, onListening: onListening
        ) { request, _ in
            Self.respond(to: request, of: endpoint)
        }.run()
    }

    private static func respond(to request: Request, of endpoint: AdminEndpoint)
        -> HummingbirdCore.Response
    {
        let answer = endpoint.answer(request.method, path: request.head.path ?? "")
        var headers: HTTPFields = [.contentType: answer.contentType]
        if answer.status == .methodNotAllowed { headers[.allow] = "GET" }
        // A body after HEAD would be read as the start of the next answer.
        let body = request.method == .head ? "" : answer.body
        return HummingbirdCore.Response(
            status: answer.status, headers: headers,
            body: body.isEmpty
                ? ResponseBody() : ResponseBody(byteBuffer: ByteBuffer(string: body)))
    }
}
