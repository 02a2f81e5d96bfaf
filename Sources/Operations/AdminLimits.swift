/// Limits of the admin listener.
package enum AdminLimits {
    /// Connections open at once; more wait to be accepted.
    static let connectionsMax = 64
    /// How often the service manager gets a report, and those who watch the health learn of it.
    package static let reportInterval = Duration.milliseconds(250)
    /// The interval between measurements of the disk, in seconds.
    static let diskInterval = 1.0
    /// Descriptors of a replica besides its connections: the probe for it, and its own event loop
    /// if it has a name.
    static let descriptorsOfReplica = 4
    /// Descriptors of the event loop on each processor.
    static let descriptorsOfProcessor = 3
    /// The log with its sealed segments, of which 128 are kept open, the lock, a checkpoint, the
    /// standard streams, pipes, and files that are read briefly.
    static let descriptorsElsewhere = 192
}
