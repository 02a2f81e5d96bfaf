// An unreliable app: it is up or down, and takes each delivery its own way. What it saw is kept
// outside the log: it is the outside's word against the audit's.

import EventLog
import Jobs
import SchedulerCore

/// How a receiver is reached, which decides what its going means.
enum Reach: Sendable, CaseIterable {
    /// An HTTP address: no connection means undeliverable; what was begun still ends.
    case address
    /// A stream: its end takes every trigger in flight with it.
    case stream
}

/// What an app does with one delivery.
enum Reaction: Sendable {
    case answer(Answer.Outcome, code: Int32, after: Int64)
    case answerTwice(after: Int64)
    case silence
}

struct SimulatedApp: Sendable {
    let route: RouteKey
    let reach: Reach
    var isUp = true
    /// The receiver that stands for it in the current process, if it has connected.
    var receiver: ReceiverID?
    /// Distinguishes connections, so that an answer of a lost stream is lost too.
    var connection = 0
    private(set) var seen: [Sighting] = []

    /// A delivery that reached the app.
    struct Sighting: Sendable {
        let delivery: Delivery
        let time: Timestamp
        /// The process that sent it.
        let process: Int
        var outcome: Answer.Outcome?
    }

    init(route: RouteKey, reach: Reach) {
        self.route = route
        self.reach = reach
    }

    mutating func see(_ delivery: Delivery, at time: Timestamp, process: Int) {
        seen.append(Sighting(delivery: delivery, time: time, process: process, outcome: nil))
    }

    /// Mostly well, sometimes badly, rarely not at all.
    func react(isCalm: Bool, using random: inout SeededRandom) -> Reaction {
        let delay = Int64.random(in: 1_000_000...400_000_000, using: &random)
        if isCalm { return .answer(.succeeded, code: 200, after: delay) }
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<70: return .answer(.succeeded, code: 200, after: delay)
        case 70..<75: return .answer(.succeeded, code: 404, after: delay)
        case 75..<87: return .answer(.failed, code: 500, after: delay)
        case 87..<90: return .answer(.dropped, code: 200, after: delay)
        case 90..<94: return .answer(.succeeded, code: 200, after: delay * 100)
        case 94..<97: return .answerTwice(after: delay)
        // Until the stream closes or the process dies, nobody knows.
        default: return .silence
        }
    }
}
