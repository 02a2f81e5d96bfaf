/// How long room lasts if it goes on being used as it was since `began`.
package struct Growth: Sendable {
    /// Bytes used then.
    private let usedFirst: Int
    /// In nanoseconds, on a clock that only goes forward.
    private let began: Int64
    /// What happens in less time than this says nothing about a day: a minute, in nanoseconds.
    package static let observedMin: Int64 = 60_000_000_000

    package init(used: Int, at now: Int64) {
        usedFirst = used
        began = now
    }

    /// `nil` while too little time has passed, or nothing was used in it.
    package func daysLeft(free: Int, used: Int, at now: Int64) -> Double? {
        let elapsed = now - began
        let grown = used - usedFirst
        guard elapsed >= Growth.observedMin, grown > 0 else { return nil }
        let bytesPerDay = Double(grown) / Double(elapsed) * 86_400_000_000_000
        return Double(free) / bytesPerDay
    }
}
