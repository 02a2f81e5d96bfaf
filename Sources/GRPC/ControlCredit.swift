// A limit on a connection's control frames. Each received control frame uses up credit; time adds
// to it, and so does each frame of headers or data sent: a client that is sent much may ping often,
// as Go's clients do for nearly every frame of data, and one that is sent nothing may send little.

package import NIOCore

package struct ControlCredit {
    private var credit = GRPCLimits.creditMax
    private var filledAt: NIODeadline

    package init(at now: NIODeadline) { filledAt = now }

    /// Adds credit for a frame of headers or data sent to the peer.
    package mutating func earn() {
        credit = min(GRPCLimits.creditMax, credit + GRPCLimits.creditPerFrame)
    }

    /// Uses `cost` of the credit. False if there is not enough left.
    package mutating func spend(_ cost: Int, at now: NIODeadline) -> Bool {
        credit -= cost
        if credit >= 0 { return true }
        let filled =
            (now - filledAt).nanoseconds / (1_000_000_000 / Int64(GRPCLimits.creditPerSecond))
        credit = Int(min(Int64(GRPCLimits.creditMax), Int64(credit) + filled))
        filledAt = now
        return credit >= 0
    }

    /// The cost of a received frame. The cost of a call's headers is returned with its answer, once
    /// per call.
    package static func cost(of frame: FrameHeader) -> Int {
        switch frame.kind {
        // Empty data is useless unless it ends the request.
        case .data: frame.length > 0 || frame.flags & FrameHeader.endStream != 0 ? 0 : 1
        case .reset: GRPCLimits.resetCost
        case .headers, .continuation: 1
        case .priority, .settings, .pushPromise, .ping, .goAway, .windowUpdate, nil:
            1 + frame.length / GRPCLimits.controlBytes
        }
    }
}
