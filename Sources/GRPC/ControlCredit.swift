// What a connection may cost beside its calls. Each control frame that comes takes of a credit, which time
// fills, and each frame of headers or data that is sent: who is sent much may ping much, as Go's clients
// do once for nearly every frame of data, and who is sent nothing may send little.

package import NIOCore

package struct ControlCredit {
    private var credit = GRPCLimits.creditMax
    private var filledAt: NIODeadline

    package init(at now: NIODeadline) { filledAt = now }

    /// A frame of headers or data is sent to the other side.
    package mutating func earn() {
        credit = min(GRPCLimits.creditMax, credit + GRPCLimits.creditPerFrame)
    }

    /// False if there is not as much left.
    package mutating func spend(_ cost: Int, at now: NIODeadline) -> Bool {
        credit -= cost
        if credit >= 0 { return true }
        let filled =
            (now - filledAt).nanoseconds / (1_000_000_000 / Int64(GRPCLimits.creditPerSecond))
        credit = Int(min(Int64(GRPCLimits.creditMax), Int64(credit) + filled))
        filledAt = now
        return credit >= 0
    }

    /// What a frame that comes costs. A call's headers are paid back with its answer; one without an
    /// answer, or a second answer to a call, is not.
    package static func cost(of frame: FrameHeader) -> Int {
        switch frame.kind {
        // Empty data is of no use, unless it ends the request.
        case .data: frame.length > 0 || frame.flags & FrameHeader.endStream != 0 ? 0 : 1
        case .reset: GRPCLimits.resetCost
        case .headers, .continuation: 1
        case .priority, .settings, .pushPromise, .ping, .goAway, .windowUpdate, nil:
            1 + frame.length / GRPCLimits.controlBytes
        }
    }
}
