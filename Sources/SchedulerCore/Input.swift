package import EventLog
package import Jobs

/// All inputs of the state machine. Time is passed separately, as an argument of `step`.
package enum Input: Sendable {
    case command(Command, token: ReplyToken)
    case answer(Answer)
    /// A provisional receiver may soon be replaced by another of the same client: for
    /// `TurnLimits.settlingMax` it is sent nothing that was sent before.
    case receiverPresent(Presence, isProvisional: Bool = false)
    case receiverAbsent(ReceiverID, InFlightFate)
    /// A receiver's client limits how much runs at once; the limit is not `nil`.
    case limitPresent(LimitID, ConcurrencyLimit)
    case limitAbsent(LimitID)
    case space(Space)
    /// What `LogClock` has found.
    case clock(LogClock.Change)
    /// No new triggers and no more commands; answers are still taken.
    case stop
    /// The last input of a clean shutdown.
    case close

    package var isCommand: Bool { if case .command = self { true } else { false } }

    /// Whether it reports a new receiver or limit.
    var isArrival: Bool {
        switch self {
        case .receiverPresent, .limitPresent: true
        default: false
        }
    }

    /// Whether it reports that a receiver or a limit is gone.
    var isDeparture: Bool {
        switch self {
        case .receiverAbsent, .limitAbsent: true
        default: false
        }
    }

    /// What happens to a receiver's triggers in flight when it disconnects.
    package enum InFlightFate: Sendable {
        /// They will still be answered: the app accepts no new connections, but open ones continue.
        case awaited
        /// They cannot be answered, because the stream is closed. They are sent again.
        case lost
    }
}

/// Identifies one limit set by one client; never reused within a process.
package struct LimitID: Hashable, Sendable {
    package let rawValue: UInt64
    package init(_ rawValue: UInt64) { self.rawValue = rawValue }
}

/// The shell's number for the caller that waits for the reply to a command.
package struct ReplyToken: Hashable, Comparable, Sendable {
    package let rawValue: UInt64
    package init(_ rawValue: UInt64) { self.rawValue = rawValue }
    package static func < (left: ReplyToken, right: ReplyToken) -> Bool {
        left.rawValue < right.rawValue
    }
}

/// The result of a delivery.
package struct Answer: Equatable, Sendable {
    package enum Outcome: Equatable, Sendable {
        case succeeded
        case failed
        case dropped
        case timedOut
        /// No connection was established, so the app saw nothing of it. The receiver must have been
        /// reported absent before, or the trigger is sent to it again at once.
        case undeliverable
        /// The connection broke after the call had begun and before the app answered.
        case broken
        /// The app announced that it is shutting down and closed the connection without an answer.
        /// The receiver must have been reported absent before.
        case drained
    }

    package let trigger: TriggerID
    package let outcome: Outcome
    /// The HTTP status or gRPC code; 0 if there was none.
    package let code: Int32
    /// What the app said of a failure.
    package let error: ErrorText?

    package init(
        trigger: TriggerID, outcome: Outcome, code: Int32 = 0, error: ErrorText? = nil
    ) {
        self.trigger = trigger
        self.outcome = outcome
        self.code = code
        self.error = error
    }
}
