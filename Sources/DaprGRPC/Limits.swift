/// Bounds of gRPC.
package enum Limits {
    /// Bytes of a request to the scheduler service.
    package static let schedulerRequestBytesMax = 64 << 20
    /// How long a call of an app waits for a connection.
    static let connectDuration = Duration.seconds(5)
    /// A message so many times as large as is allowed is not read to its end to be refused.
    static let resetFactor = 2
    /// How long a stopping listener waits for calls and streams.
    static let closingDuration = Duration.seconds(1)
    /// After so much silence a client is pinged, and after so much more it has gone.
    static let (pingAfter, answerWithin) = (Duration.seconds(10), Duration.seconds(5))
    /// Triggers a stream takes for an app or an actor type before it has answered any.
    static let streamWindow: UInt32 = 32_768
    /// Limits of concurrency that one stream may name.
    static let concurrencyLimitsMax = 1_000
    /// How often clients may ping. Dapr's do every 10 s.
    static let pingInterval = Duration.seconds(1)
}
