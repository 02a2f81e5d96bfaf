// How long a peer may be unreachable before its connection ends. Without this limit, a host that
// loses power would leave connections open for ever.

import Glibc
package import NIOCore

package enum TCPPatience {
    /// For a socket before it connects. An idle connection is probed; one with unacknowledged data
    /// ends after the same time.
    package static func apply(to channel: any Channel) {
        let seconds = GRPCLimits.tcpIdleSeconds + GRPCLimits.tcpProbeSeconds * GRPCLimits.tcpProbes
        set(channel, .socket, SO_KEEPALIVE, 1)
        set(channel, .tcp, TCP_KEEPIDLE, GRPCLimits.tcpIdleSeconds)
        set(channel, .tcp, TCP_KEEPINTVL, GRPCLimits.tcpProbeSeconds)
        set(channel, .tcp, TCP_KEEPCNT, GRPCLimits.tcpProbes)
        set(channel, .tcp, TCP_USER_TIMEOUT, 1_000 * seconds)
    }

    private static func set(
        _ channel: any Channel, _ level: NIOBSDSocket.OptionLevel, _ name: CInt, _ value: Int
    ) {
        // A socket without this option, such as one that is not TCP, does not need it.
        _ = channel.setOption(
            ChannelOptions.Types.SocketOption(
                level: level, name: NIOBSDSocket.Option(rawValue: name)), value: value)
    }
}
