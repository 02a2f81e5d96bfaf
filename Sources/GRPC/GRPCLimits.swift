import NIOCore

/// Limits of gRPC over HTTP/2.
enum GRPCLimits {
    /// Calls and streams of one connection at a time; the client holds back any more.
    static let callsMax = 1_000
    /// Bytes of incomplete messages of one connection, unless a single message may be larger.
    static let unfinishedBytesMax = 64 << 20
    /// Bytes of incomplete messages of all connections of a listener.
    static let allUnfinishedBytesMax = 256 << 20
    /// How long a message may take from its first byte to its last.
    static let messageDuration = TimeAmount.seconds(60)
    /// The most bytes of the path of a method.
    static let pathBytesMax = 256
    /// The most bytes sent of a status's message.
    static let messageBytesMax = 2_048
    /// A message larger than this is decoded outside the event loop.
    static let inlineBytesMax = 256 << 10
    /// Bytes of messages written to a stream at once.
    static let chunkBytes = 16 << 10
    /// Bytes a stream buffers for a slow client before no more messages are produced.
    static let (outboundHighWatermark, outboundLowWatermark) = (64 << 10, 16 << 10)
    /// Bytes a client may send on a stream, or on a connection, before any are read.
    static let (streamWindow, connectionWindow) = (256 << 10, 1 << 20)

    /// How long a client may be silent before it is pinged, and how long it then has to answer.
    static let (pingAfter, answerWithin) = (TimeAmount.seconds(10), TimeAmount.seconds(5))
    /// How long an ending connection may take to send the answers under way.
    static let endingDuration = TimeAmount.seconds(1)

    /// Control frames a connection may send at once, and how many each second and each frame of
    /// headers or data sent to it add.
    static let (creditMax, creditPerSecond, creditPerFrame) = (5_000, 1_000, 4)
    /// A control frame of this many bytes costs twice as much as a short one.
    static let controlBytes = 64
    /// The cost of a stream reset by its client, and of one reset by the server for an error.
    static let (resetCost, errorCost) = (10, 10)

    /// How long the peer of a connection may take to show that it speaks HTTP/2.
    static let greetingDuration = TimeAmount.seconds(1)
    /// How often a call is tried over another connection if the server has not begun to process it.
    static let callAttempts = 3
    /// The most bytes read of an answer.
    static let answerBytesMax = 4 << 20
    /// TCP detects a host that is gone after this many seconds without an acknowledgement, whether
    /// or not anything was sent.
    static let (tcpIdleSeconds, tcpProbeSeconds, tcpProbes) = (30, 10, 3)
}
