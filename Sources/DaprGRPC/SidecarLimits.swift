/// Limits of the scheduler service, which sidecars call.
package enum SidecarLimits {
    /// Bytes of a request to the scheduler service.
    package static let schedulerRequestBytesMax = 64 << 20
    /// Connections of sidecars open at once; more wait to be accepted. One sidecar has two or three.
    package static let schedulerConnectionsMax = 2_048
    /// Triggers a stream accepts for an app or an actor type before it has answered any.
    static let streamWindow: UInt32 = 32_768
    /// Actor types that one stream may name.
    static let actorTypesMax = 1_000
    /// Concurrency limits that one stream may set.
    static let concurrencyLimitsMax = 1_000
}

extension SidecarLimits {
    /// Bytes of a question about the server itself: its health, its services, its messages.
    static let questionBytesMax = 1_024
    /// Questions on one stream that wait for their answers.
    package static let questionsMax = 100
}
