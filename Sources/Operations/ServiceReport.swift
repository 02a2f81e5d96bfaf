// Decides what is reported to a service manager, and when, from observations of the process;
// sending is done elsewhere.
//
// starting -> (requests are accepted) -> ready -> (a stop was requested) -> stopping. It also
// reports the progress of a long boot, and regular signs of life.

/// Remembers what was sent, to send only changes.
package struct ServiceReport: Sendable {
    package struct Sight: Sendable {
        /// Requests are accepted, including at the listeners.
        package var isServing = false
        package var isStopping = false
        /// The writer does not hang.
        package var isAlive = true
        /// The status in one line, for people.
        package var status = ""
        package init() {}
    }

    /// A sign of life is due after half of it.
    private let watchdogInterval: Duration?
    private var status = ""
    private var isReady = false
    private var isStopping = false
    private var pingedAt: Duration?
    private var extendedAt: Duration?

    /// The extra time requested while a boot makes progress; requested again after half of it.
    private static let extraTime = Duration.seconds(30)

    package init(watchdogInterval: Duration?) { self.watchdogInterval = watchdogInterval }

    /// Sends the changes as of `now`, on a monotonic clock. Lines that `send` could not send are
    /// sent again the next time.
    package mutating func tell(_ seen: Sight, at now: Duration, by send: ([String]) -> Bool) {
        var next = self
        if send(next.lines(seen, at: now)) { self = next }
    }

    /// The new lines; from now on they count as sent.
    private mutating func lines(_ seen: Sight, at now: Duration) -> [String] {
        var lines: [String] = []
        if seen.isServing, !isReady {
            isReady = true
            lines.append("READY=1")
        }
        if seen.isStopping, !isStopping {
            isStopping = true
            lines.append("STOPPING=1")
        }
        if seen.status != status {
            status = seen.status
            lines.append("STATUS=\(status)")
        }
        guard seen.isAlive else { return lines }
        if !isReady, !isStopping,
            extendedAt.map({ now - $0 >= ServiceReport.extraTime / 2 }) ?? true
        {
            extendedAt = now
            lines.append("EXTEND_TIMEOUT_USEC=\(Int(ServiceReport.extraTime / .microseconds(1)))")
        }
        if let watchdogInterval, pingedAt.map({ now - $0 >= watchdogInterval / 2 }) ?? true {
            pingedAt = now
            lines.append("WATCHDOG=1")
        }
        return lines
    }
}
