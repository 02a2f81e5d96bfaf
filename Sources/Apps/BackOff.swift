/// How long to wait before probing for an app again.
package struct BackOff: Sendable {
    package var first = Duration.milliseconds(50)
    /// The longest pause while the app is not found.
    package var max = Duration.seconds(1)
    /// The first pause for an app that is found and answers no trigger: its proxy may be there
    /// alone. Breaks of a connection cost a tick no more than one attempt a pause, so that ticks
    /// with the standard policy outlive some nine seconds of that.
    package var futileFirst = Duration.milliseconds(600)
    /// The same for one that says that it is not available, each time at the cost of an attempt.
    package var unavailableFirst = Duration.seconds(3)
    /// The longest pause after breaks. They may be the doing of a few jobs, and others wait as long.
    package var breaksMax = Duration.seconds(5)
    /// The longest pause for an app that is found repeatedly but answers no trigger: each time
    /// costs two events in the log.
    package var futileMax = Duration.seconds(30)

    package init() {}

    /// The pauses between probes. They double up to a limit, and start over once the app has
    /// answered a trigger.
    package struct Pauses: Sendable {
        private let backOff: BackOff
        private var afterLoss: Duration?
        private var upcoming: Duration?

        package init(_ backOff: BackOff) { self.backOff = backOff }

        /// Probing begins; `hasAnswered` if the app answered a trigger since it was found, or was
        /// never found; `doubt` is why it counts as away though it is found, if it does.
        package mutating func begin(hasAnswered: Bool, doubt: AppDoubt? = nil) {
            if hasAnswered { afterLoss = nil }
            if !hasAnswered || doubt != nil {
                let least =
                    doubt == .saidUnavailable ? backOff.unavailableFirst : backOff.futileFirst
                let most = doubt == .brokeOff ? backOff.breaksMax : backOff.futileMax
                afterLoss = min(Swift.max(least, (afterLoss ?? .zero) * 2), most)
            }
            upcoming = afterLoss
        }

        /// The pause before the next probe; `nil` if it may follow at once.
        package mutating func next() -> Duration? {
            defer { upcoming = doubled(upcoming, upTo: backOff.max) }
            return upcoming
        }

        private func doubled(_ pause: Duration?, upTo max: Duration) -> Duration {
            pause.map { min($0 * 2, max) } ?? backOff.first
        }
    }
}
