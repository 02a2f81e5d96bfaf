import Synchronization

/// The token an app is sent with every trigger, if it has one.
package final class AppToken: Sendable {
    private let token: Mutex<String?>

    package init(_ token: String? = nil) { self.token = Mutex(token) }

    package func replace(with token: String?) { self.token.withLock { $0 = token } }

    package var current: String? { token.withLock { $0 } }
}
