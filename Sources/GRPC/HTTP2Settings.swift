// How SwiftNIO's HTTP/2 is set up. Its own limits on frames would hit honest clients: 200 control
// frames in 30 s, 200 errors in a connection's lifetime. `FrameGuard` sets the limits, so these are
// turned off.

import NIOCore
import NIOHTTP2

extension NIOHTTP2Handler.ConnectionConfiguration {
    static func guarded(streamsMax: Int) -> Self {
        var configuration = Self()
        configuration.initialSettings = [
            HTTP2Setting(parameter: .maxConcurrentStreams, value: streamsMax),
            HTTP2Setting(parameter: .maxHeaderListSize, value: 16 << 10),
            HTTP2Setting(parameter: .initialWindowSize, value: GRPCLimits.streamWindow),
            HTTP2Setting(parameter: .enablePush, value: 0),
        ]
        configuration.targetWindowSize = GRPCLimits.connectionWindow
        configuration.maximumSequentialEmptyDataFrames = .max
        configuration.maximumConnectionGlitches = .max
        // The number of reset streams whose late frames are not errors.
        configuration.maximumRecentlyResetStreams = streamsMax
        configuration.controlFrameRateLimit.windowLength = .zero
        return configuration
    }
}

extension NIOHTTP2Handler.StreamConfiguration {
    static var guarded: Self {
        var configuration = Self()
        configuration.targetWindowSize = GRPCLimits.streamWindow
        configuration.outboundBufferSizeHighWatermark = GRPCLimits.outboundHighWatermark
        configuration.outboundBufferSizeLowWatermark = GRPCLimits.outboundLowWatermark
        configuration.streamResetFrameRateLimit.windowLength = .zero
        configuration.streamErrorRateLimit.windowLength = .zero
        return configuration
    }
}

/// The end of a connection's pipeline: errors that reach it are handled by `FrameGuard`, or close
/// the connection anyway.
final class ErrorSink: ChannelInboundHandler {
    typealias InboundIn = HTTP2Frame

    func errorCaught(context: ChannelHandlerContext, error: any Error) {}
}
