/// How long room lasts if it goes on being used as it was since `began`.
package struct Growth: Sendable {
    /// Bytes used then.
    private let usedFirst: Int
    /// On a clock that only goes forward.
    private let began: Duration
    /// What happens in less time than this says nothing about a day.
    package static let observedMin = Duration.seconds(60)

    package init(used: Int, at now: Duration) {
        usedFirst = used
        began = now
    }

    /// `nil` while too little time has passed, or nothing was used in it.
    package func daysLeft(free: Int, used: Int, at now: Duration) -> Double? {
        let elapsed = now - began
        let grown = used - usedFirst
        guard elapsed >= Growth.observedMin, grown > 0 else { return nil }
        let bytesPerDay = Double(grown) / (elapsed / .seconds(86_400))
        return Double(free) / bytesPerDay
    }
}
