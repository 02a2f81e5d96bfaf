import NIOCore

/// Bounds of gRPC.
package enum Limits {
    /// Bytes of a request to the scheduler service.
    package static let schedulerRequestBytesMax = 64 << 20
    /// Connections of sidecars open at once; more wait to be accepted. One sidecar has two or three.
    package static let schedulerConnectionsMax = 2_048
    /// Calls and streams of one connection at a time; its client keeps more back.
    static let callsMax = 1_000
    /// How long a call of an app waits for a connection.
    static let connectDuration = Duration.seconds(5)
    /// How long whoever accepts a connection may take to show that it speaks HTTP/2.
    static let greetingDuration = TimeAmount.seconds(1)
    /// A message so many times as large as is allowed is not read to its end to be refused.
    static let resetFactor = 2
    /// After so much silence a client is pinged, and after so much more it has gone.
    static let (pingAfter, answerWithin) = (Duration.seconds(10), Duration.seconds(5))
    /// Triggers a stream takes for an app or an actor type before it has answered any.
    static let streamWindow: UInt32 = 32_768
    /// Limits of concurrency that one stream may name.
    static let concurrencyLimitsMax = 1_000
    /// How often clients may ping. Dapr's do every 10 s.
    static let pingInterval = Duration.seconds(1)
}
