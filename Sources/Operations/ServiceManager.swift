// The service manager's socket, as sd_notify(3) describes it: datagrams of lines to a Unix socket.

import Glibc

/// The service manager that started this process and wants status reports: systemd, or one with the
/// same protocol.
package final class ServiceManager: Sendable {
    /// How often it must get a sign of life; `nil` if it does not want any.
    package let watchdogInterval: Duration?
    private let descriptor: Int32
    private let path: [UInt8]

    /// `nil` if no service manager asks for reports, or its kind of socket is unknown. `variable`
    /// reads the environment.
    package init?(_ variable: (String) -> String?) {
        guard let name = variable("NOTIFY_SOCKET"), name.first == "/" || name.first == "@" else {
            return nil
        }
        // A leading "@" stands for a NUL: a name in the abstract namespace.
        var path = Array(name.utf8)
        if path[0] == UInt8(ascii: "@") { path[0] = 0 }
        guard path.count < MemoryLayout.size(ofValue: sockaddr_un().sun_path) else { return nil }
        self.path = path
        descriptor = socket(
            AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        let isMeant = variable("WATCHDOG_PID").map { Int32($0) == getpid() } ?? true
        watchdogInterval = variable("WATCHDOG_USEC").flatMap { Int64($0) }
            .flatMap { isMeant && $0 > 0 ? .microseconds($0) : nil }
    }

    deinit { close(descriptor) }

    /// Sends the lines, such as `READY=1`, all of them or none, and never waits. False if they
    /// could not be sent: there is no receiver, or earlier lines have not been read yet.
    package func tell(_ lines: [String]) -> Bool {
        guard !lines.isEmpty else { return true }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
        // The length marks the end of a name that begins with NUL.
        let length = MemoryLayout.offset(of: \sockaddr_un.sun_path).map { $0 + path.count } ?? 0
        let message = Array(lines.joined(separator: "\n").utf8)
        let sent = withUnsafePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                sendto(
                    descriptor, message, message.count,
                    Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT), $0,
                    socklen_t(length))
            }
        }
        return sent == message.count
    }
}
