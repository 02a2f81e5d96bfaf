/// How long to wait before looking for an app again.
package struct BackOff: Sendable {
    package var first = Duration.milliseconds(50)
    /// While it is not found.
    package var max = Duration.seconds(1)
    /// Of one that is found again and again and takes no trigger: each time is two events, which
    /// stay in the log for ever.
    package var futileMax = Duration.seconds(30)

    package init() {}

    /// The pauses between looks. They double up to a limit, and start over once the app took a trigger.
    package struct Pauses: Sendable {
        private let backOff: BackOff
        private var afterLoss: Duration?
        private var upcoming: Duration?

        package init(_ backOff: BackOff) { self.backOff = backOff }

        /// The app is to be looked for; `isProven` if it took a trigger since it was found, or was
        /// never found at all.
        package mutating func begin(isProven: Bool) {
            afterLoss = isProven ? nil : doubled(afterLoss, upTo: backOff.futileMax)
            upcoming = afterLoss
        }

        /// Before the next look; `nil` if it may follow at once.
        package mutating func next() -> Duration? {
            defer { upcoming = doubled(upcoming, upTo: backOff.max) }
            return upcoming
        }

        private func doubled(_ pause: Duration?, upTo max: Duration) -> Duration {
            pause.map { min($0 * 2, max) } ?? backOff.first
        }
    }
}
