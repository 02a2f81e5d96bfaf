// How long a peer may be unreachable before its connection ends. Without this a host that loses its power
// leaves connections open for ever.

import Glibc
package import NIOCore

package enum TCPPatience {
    /// For a socket before it connects. What is idle is probed; what was sent and is not acknowledged
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
        // A socket that has no such option, as one that is no TCP's, is as well without.
        _ = channel.setOption(
            ChannelOptions.Types.SocketOption(
                level: level, name: NIOBSDSocket.Option(rawValue: name)), value: value)
    }
}
