import Synchronization

/// The token sent to an app with every trigger, if one is set.
package final class AppToken: Sendable {
    private let token: Mutex<String?>

    package init(_ token: String? = nil) { self.token = Mutex(token) }

    package func replace(with token: String?) { self.token.withLock { $0 = token } }

    package var current: String? { token.withLock { $0 } }
}
