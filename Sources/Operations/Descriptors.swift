// How many descriptors the process may open, and how many it can need. If they run out, no
// connection can be accepted or made, and attempts of jobs are lost to a limit that nobody watches.
// So it is checked when the process starts.

import Glibc

/// The limit on open descriptors; the soft limit applies.
package enum DescriptorLimit {
    /// The limit at the start of the process. Read before it is changed.
    private static let first = current

    /// Raises the limit as far as is possible without privileges; returns the resulting limit.
    package static func raise() -> Int {
        var raised = first
        raised.rlim_cur = raised.rlim_max
        set(raised)
        return Int(clamping: current.rlim_cur)
    }

    /// Runs `body` with the original limit, for a child to inherit: some programs close or list
    /// every descriptor number they may have.
    package static func withFirst<Result>(_ body: () -> Result) -> Result {
        let raised = current
        set(first)
        defer { set(raised) }
        return body()
    }

    private static var current: rlimit {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        return limit
    }

    /// If the kernel refuses, the limit stays unchanged.
    private static func set(_ limit: rlimit) {
        var limit = limit
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}

/// An upper bound for the descriptors open at once.
package struct DescriptorNeed: Sendable {
    /// The most connections of every listener except those of metrics and health.
    package let listeners: [Int]
    /// The most connections to every replica of every app.
    package let replicas: [Int]
    package let processors: Int

    package init(listeners: [Int], replicas: [Int], processors: Int) {
        self.listeners = listeners
        self.replicas = replicas
        self.processors = processors
    }

    package var count: Int {
        listeners.reduce(0) { $0 + $1 + 1 }
            + 2 * (AdminLimits.connectionsMax + 1)
            + replicas.reduce(0) { $0 + $1 + AdminLimits.descriptorsOfReplica }
            + processors * AdminLimits.descriptorsOfProcessor
            + AdminLimits.descriptorsElsewhere
    }
}
