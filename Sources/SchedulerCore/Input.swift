package import EventLog
package import Jobs

/// Everything the state machine can learn. Time comes beside it, as an argument of `step`.
package enum Input: Sendable {
    case command(Command, token: ReplyToken)
    case answer(Answer)
    case receiverPresent(Presence)
    case receiverAbsent(ReceiverID, InFlightFate)
    /// A client of receivers limits how much runs at once; its limit is not `nil`.
    case limitPresent(LimitID, ConcurrencyLimit)
    case limitAbsent(LimitID)
    case space(Space)
    /// The wall clock jumped against the monotonic one.
    case clockMoved(from: Timestamp, to: Timestamp)
    /// No new triggers and no more commands; answers are still taken.
    case stop
    /// The last input of a clean shutdown.
    case close

    package var isCommand: Bool { if case .command = self { true } else { false } }

    /// What becomes of a receiver's triggers in flight when it goes.
    package enum InFlightFate: Sendable {
        /// Each will still be answered: the app stopped accepting connections, open ones live on.
        case awaited
        /// Nobody can answer: the stream is closed. They are sent again.
        case lost
    }
}

/// One limit that one client names; new every time within one process.
package struct LimitID: Hashable, Sendable {
    package let rawValue: UInt64
    package init(_ rawValue: UInt64) { self.rawValue = rawValue }
}

/// Who waits for the reply to a command: the shell's number for it.
package struct ReplyToken: Hashable, Comparable, Sendable {
    package let rawValue: UInt64
    package init(_ rawValue: UInt64) { self.rawValue = rawValue }
    package static func < (left: ReplyToken, right: ReplyToken) -> Bool {
        left.rawValue < right.rawValue
    }
}

/// What became of a delivery.
package struct Answer: Equatable, Sendable {
    package enum Outcome: Equatable, Sendable {
        case succeeded
        case failed
        case dropped
        case timedOut
        /// A connection was never established, so the app saw nothing of it. The receiver that says
        /// so must have been reported absent before, or the trigger comes straight back to it.
        case undeliverable
        /// The connection broke after the call had begun, and before the app answered.
        case broken
        /// The app said that it goes away, and ended the connection without an answer. The receiver
        /// that says so must have been reported absent before.
        case drained
    }

    package let trigger: TriggerID
    package let outcome: Outcome
    /// The HTTP status or gRPC code; 0 if there was none.
    package let code: Int32

    package init(trigger: TriggerID, outcome: Outcome, code: Int32 = 0) {
        self.trigger = trigger
        self.outcome = outcome
        self.code = code
    }
}
