// What a service manager is told, and when. Decided from what is seen of the process; the sending
// is done elsewhere.
//
// starting -> (requests are taken) -> ready -> (a stop was asked for) -> stopping. On the way it
// hears how a long boot goes on, and from time to time that the process lives.

/// Keeps what was said, to say only what is new.
package struct ServiceReport: Sendable {
    package struct Sight: Sendable {
        /// Requests are taken, at the listeners too.
        package var isServing = false
        package var isStopping = false
        /// The writer does not hang.
        package var isAlive = true
        /// In one line, for people.
        package var status = ""
        package init() {}
    }

    /// A ping is due at half of it.
    private let watchdogInterval: Duration?
    private var status = ""
    private var isReady = false
    private var isStopping = false
    private var pingedAt: Duration?
    private var extendedAt: Duration?

    /// While a boot goes on it gets so much more time, and is asked again at half of it.
    private static let extraTime = Duration.seconds(30)

    package init(watchdogInterval: Duration?) { self.watchdogInterval = watchdogInterval }

    /// Sends what is new at `now`, on a clock that only goes forward. What `send` says was not sent is
    /// new the next time too.
    package mutating func tell(_ seen: Sight, at now: Duration, by send: ([String]) -> Bool) {
        var next = self
        if send(next.lines(seen, at: now)) { self = next }
    }

    /// The lines that are new; from now on they count as said.
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
