/// Bounds of the admin listener.
package enum AdminLimits {
    /// Connections open at once; more wait to be accepted.
    static let connectionsMax = 64
    /// How often a supervisor is told how it goes.
    static let reportInterval = Duration.milliseconds(250)
    /// From one look at the disk to the next, in seconds.
    static let diskInterval = 1.0
    /// Descriptors of a replica besides its connections: the look whether it is there, and an event
    /// loop of its own if it has a name.
    static let descriptorsOfReplica = 4
    /// Those of the event loop on each processor.
    static let descriptorsOfProcessor = 3
    /// The log, the lock, a checkpoint, the standard streams, pipes; and what is read for a moment.
    static let descriptorsElsewhere = 64
}
