package import NIOCore

/// Limits of what is sent to clients, over all listeners of a process.
package enum ListenerLimits {
    /// Bytes of answers that clients have not taken, and as many again of streams' messages.
    package static let unsentBytesMax = 256 << 20
    /// Who takes this much within `unsentPatience` is not behind.
    package static let unsentPartBytes = 64 << 10
    package static let unsentPatience = TimeAmount.seconds(1)
    /// How long the bound may be exceeded before somebody is closed, unless it is exceeded by a quarter.
    package static let unsentLookAfter = TimeAmount.milliseconds(50)
    /// Lines about it in the program's log are this far apart.
    package static let unsentLineInterval = TimeAmount.seconds(60)
}
