// How SwiftNIO's HTTP/2 is set up. Its limits on frames count what honest clients send: 200 control frames
// in 30 s, 200 mistakes in a lifetime. `FrameGuard` has the bounds, so these are out of the way.

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
        // The streams whose late frames are no mistakes.
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

/// The end of a connection's pipeline: what goes wrong there is dealt with by `FrameGuard`, or closes the
/// connection by itself.
final class ErrorSink: ChannelInboundHandler {
    typealias InboundIn = HTTP2Frame

    func errorCaught(context: ChannelHandlerContext, error: any Error) {}
}
