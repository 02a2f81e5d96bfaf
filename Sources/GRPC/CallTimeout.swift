// The header `grpc-timeout`: one to eight digits and a unit. gRPC: doc/PROTOCOL-HTTP2.md, Timeout.

package import NIOCore

package enum CallTimeout {
    private static let digitsMax = 8

    /// `nil` if `text` is not a timeout. Eight digits of hours still fit into 64 bits.
    package static func parse(_ text: String) -> TimeAmount? {
        let bytes = Array(text.utf8)
        guard (2...digitsMax + 1).contains(bytes.count), let unit = bytes.last else { return nil }
        var count: Int64 = 0
        for byte in bytes.dropLast() {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
            count = count * 10 + Int64(byte - UInt8(ascii: "0"))
        }
        switch unit {
        case UInt8(ascii: "H"): return .nanoseconds(count.clamped(by: 3_600_000_000_000))
        case UInt8(ascii: "M"): return .nanoseconds(count.clamped(by: 60_000_000_000))
        case UInt8(ascii: "S"): return .nanoseconds(count.clamped(by: 1_000_000_000))
        case UInt8(ascii: "m"): return .nanoseconds(count.clamped(by: 1_000_000))
        case UInt8(ascii: "u"): return .nanoseconds(count.clamped(by: 1_000))
        case UInt8(ascii: "n"): return .nanoseconds(count)
        default: return nil
        }
    }
}

extension Int64 {
    /// At most a hundred years: the deadline is this plus now, and that sum must fit too.
    fileprivate func clamped(by factor: Int64) -> Int64 {
        let century: Int64 = 100 * 365 * 86_400 * 1_000_000_000
        let (product, overflow) = multipliedReportingOverflow(by: factor)
        return overflow ? century : Swift.min(product, century)
    }
}
