// How many descriptors the process may have open, and how many it can come to need. Where they run
// out no connection is accepted and none is made: attempts of jobs are lost to a limit nobody looks
// at. So it is looked at when the process starts.

import Glibc

/// The limit of open descriptors, of which the soft one counts.
package enum DescriptorLimit {
    /// As the process found it. Read before it is changed.
    private static let first = current

    /// Raises the limit as far as that goes without asking anybody; returns what then holds.
    package static func raise() -> Int {
        var raised = first
        raised.rlim_cur = raised.rlim_max
        set(raised)
        return Int(clamping: current.rlim_cur)
    }

    /// Runs `body` with the limit as the process found it, for a child to inherit: there are programs
    /// that close or list every number they may have.
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

    /// What the kernel refuses stays as it was.
    private static func set(_ limit: rlimit) {
        var limit = limit
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}

/// What may be open at once, counted from above.
package struct DescriptorNeed: Sendable {
    /// Of every listener but the admin's, the connections it takes.
    package let listeners: [Int]
    /// Of every replica of every app, the connections made to it.
    package let replicas: [Int]
    package let processors: Int

    package init(listeners: [Int], replicas: [Int], processors: Int) {
        self.listeners = listeners
        self.replicas = replicas
        self.processors = processors
    }

    package var count: Int {
        listeners.reduce(0) { $0 + $1 + 1 }
            + AdminLimits.connectionsMax + 1
            + replicas.reduce(0) { $0 + $1 + AdminLimits.descriptorsOfReplica }
            + processors * AdminLimits.descriptorsOfProcessor
            + AdminLimits.descriptorsElsewhere
    }
}
