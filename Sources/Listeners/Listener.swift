// What listeners have in common, whatever they speak: why one cannot begin, and how it stops.
//
// listening -> (graceful shutdown, or cancelled) -> closing: no new connections, what is under way goes
// on -> (all connections are closed, or `closingDuration` is over) -> ended.

import Glibc
import NIOCore
import ServiceLifecycle

/// The port cannot be had, or the address is not this machine's.
package struct CannotListen: Error, CustomStringConvertible {
    package let reason: String
    package var description: String { reason }
}

package enum Listener {
    /// When a listener is told to stop all else has stopped: a client that dawdles, or keeps a stream
    /// open, is waited for no longer than this.
    private static let closingDuration = Duration.seconds(1)

    /// Serves until graceful shutdown, or until it is cancelled; `stop` is to begin the end of
    /// `serve`. Throws `CannotListen` if it cannot begin.
    package static func run(
        _ serve: @escaping @Sendable () async throws -> Void,
        stop: @escaping @Sendable () async -> Void
    ) async throws {
        // Not a child: cancelled before it is stopped, a server drops connections that it has accepted
        // and not begun with, and dropping one ends the process.
        let serving = Task { try await serve() }
        do {
            try await withTaskCancellationOrGracefulShutdownHandler {
                try await serving.value
            } onCancelOrGracefulShutdown: {
                // Nobody can be waited for here.
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
