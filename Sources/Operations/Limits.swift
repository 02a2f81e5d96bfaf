/// Bounds of the admin listener.
package enum Limits {
    /// Connections open at once; more wait to be accepted.
    static let connectionsMax = 64
    /// How often a supervisor is told how it goes.
    static let reportInterval = Duration.milliseconds(250)
}
