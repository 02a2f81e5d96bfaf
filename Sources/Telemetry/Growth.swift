/// How long the space will last if it is used at the same rate as since `began`.
package struct Growth: Sendable {
    /// Bytes used at `began`.
    private let usedFirst: Int
    /// The start of the observation, on a monotonic clock.
    private let began: Duration
    /// The shortest observation that allows a forecast.
    package static let observedMin = Duration.seconds(60)

    package init(used: Int, at now: Duration) {
        usedFirst = used
        began = now
    }

    /// `nil` while too little time has passed, or if no space was used in it.
    package func daysLeft(free: Int, used: Int, at now: Duration) -> Double? {
        let elapsed = now - began
        let grown = used - usedFirst
        guard elapsed >= Growth.observedMin, grown > 0 else { return nil }
        let bytesPerDay = Double(grown) / (elapsed / .seconds(86_400))
        return Double(free) / bytesPerDay
    }
}
