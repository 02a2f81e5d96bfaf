// What listeners of all protocols share: the error when one cannot start, and how they stop.
//
// listening -> (graceful shutdown, or cancelled) -> closing: no new connections, requests under way
// continue -> (all connections are closed, or `closingDuration` is over) -> ended.

import Glibc
import NIOCore
import ServiceLifecycle

/// The port is not available, or the address does not belong to this machine.
package struct CannotListen: Error, CustomStringConvertible {
    package let reason: String
    package var description: String { reason }
}

package enum Listener {
    /// How long a stopping listener waits for slow clients and open streams. Everything else has
    /// stopped by then.
    private static let closingDuration = Duration.seconds(1)

    /// Serves until graceful shutdown, or until it is cancelled; `stop` must make `serve` end.
    /// Throws `CannotListen` if it cannot start.
    package static func run(
        _ serve: @escaping @Sendable () async throws -> Void,
        stop: @escaping @Sendable () async -> Void
    ) async throws {
        // Not a child task: a server cancelled before it is stopped drops connections it has
        // accepted but not started, and dropping one ends the process.
        let serving = Task { try await serve() }
        do {
            try await withTaskCancellationOrGracefulShutdownHandler {
                try await serving.value
            } onCancelOrGracefulShutdown: {
                // This closure is synchronous and cannot await.
                Task {
                    await stop()
                    try? await Task.sleep(for: closingDuration)
                    serving.cancel()
                }
            }
        } catch is CancellationError {
        } catch let error as IOError {
            throw CannotListen(reason: String(cString: strerror(error.errnoCode)))
        }
    }
}
