import NIOCore

/// Bounds of gRPC over HTTP/2.
enum GRPCLimits {
    /// Calls and streams of one connection at a time; its client keeps more back.
    static let callsMax = 1_000
    /// Bytes of unfinished messages of one connection, unless a single message may be larger.
    static let unfinishedBytesMax = 64 << 20
    /// Bytes of unfinished messages of all connections of a listener.
    static let allUnfinishedBytesMax = 256 << 20
    /// How long a message may take from its first byte to its last.
    static let messageDuration = TimeAmount.seconds(60)
    /// Bytes of a status's message that are sent.
    static let messageBytesMax = 2_048
    /// A message larger than this is read on a thread that no connection waits for.
    static let inlineBytesMax = 256 << 10
    /// Bytes of messages that are written to a stream at once.
    static let chunkBytes = 16 << 10
    /// Bytes a stream holds for a client that is slow to read, before no more messages are made.
    static let (outboundHighWatermark, outboundLowWatermark) = (64 << 10, 16 << 10)
    /// Bytes a client may send on a stream, or a connection, before we have taken any.
    static let (streamWindow, connectionWindow) = (256 << 10, 1 << 20)

    /// After so much silence a client is pinged, and after so much more it has gone.
    static let (pingAfter, answerWithin) = (TimeAmount.seconds(10), TimeAmount.seconds(5))
    /// How long a connection that is ended has for the answers that are under way.
    static let endingDuration = TimeAmount.seconds(1)

    /// Control frames a connection may send at once, how many more each second brings, and how many
    /// each frame of headers or data that is sent to it.
    static let (creditMax, creditPerSecond, creditPerFrame) = (5_000, 1_000, 4)
    /// A control frame that has so many bytes costs twice as much as a short one.
    static let controlBytes = 64
    /// What a stream that its client resets costs, and one that is reset here for its mistakes.
    static let (resetCost, errorCost) = (10, 10)

    /// How long the other side of a connection may take to show that it speaks HTTP/2.
    static let greetingDuration = TimeAmount.seconds(1)
    /// How often a call that its server has not begun with is sent again over another connection.
    static let callAttempts = 3
    /// Bytes of an answer that are read.
    static let answerBytesMax = 4 << 20
    /// A host that is gone is noticed after so many seconds without an acknowledgement by TCP,
    /// whether or not something was sent.
    static let (tcpIdleSeconds, tcpProbeSeconds, tcpProbes) = (30, 10, 3)
}
