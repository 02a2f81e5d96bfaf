/// How long the space will last if it is used as in the last day, or as long as it has been watched.
package struct Growth: Sendable {
    private struct Look: Sendable {
        let used: Int
        /// On a monotonic clock.
        let at: Duration
    }

    /// One an hour of the last day, oldest first.
    private var looks: [Look]
    /// When a warning was given last.
    private var warned: Duration?

    /// The shortest observation that allows a forecast.
    package static let observedMin = Duration.seconds(60)
    private static let (hour, day) = (Duration.seconds(3_600), Duration.seconds(86_400))
    /// A forecast is a warning if it is shorter, and made from an hour at least: what is written in
    /// a minute is often a burst.
    private static let warnedDays = 7.0

    package init(used: Int, at now: Duration) { looks = [Look(used: used, at: now)] }

    /// The space used now.
    package mutating func note(used: Int, at now: Duration) {
        if now - looks[looks.count - 1].at >= Growth.hour {
            looks.append(Look(used: used, at: now))
        }
        while looks.count > 1, now - looks[1].at >= Growth.day { looks.removeFirst() }
    }

    /// `nil` while too little time has passed, or if no space was used in it.
    package func daysLeft(free: Int, used: Int, at now: Duration) -> Double? {
        let elapsed = now - looks[0].at
        let grown = used - looks[0].used
        guard elapsed >= Growth.observedMin, grown > 0 else { return nil }
        let bytesPerDay = Double(grown) / (elapsed / Growth.day)
        return Double(free) / bytesPerDay
    }

    /// Whether to warn of a forecast: when it falls below a week, and every day while it stays there.
    package mutating func isToWarn(of daysLeft: Double?, at now: Duration) -> Bool {
        guard now - looks[0].at >= Growth.hour else { return false }
        guard let daysLeft, daysLeft < Growth.warnedDays else {
            warned = nil
            return false
        }
        if let warned, now - warned < Growth.day { return false }
        warned = now
        return true
    }
}
