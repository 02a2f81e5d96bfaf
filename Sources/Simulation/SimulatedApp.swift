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

/// How long an app stays as it is and how long it takes for an answer, beside a steady one.
enum Temper: Sendable, CaseIterable {
    case steady
    /// Up and down ten times as often.
    case flapping
    /// Ten times as slow.
    case slow
}

struct SimulatedApp: Sendable {
    let route: RouteKey
    let reach: Reach
    let temper: Temper
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
    }

    init(route: RouteKey, reach: Reach, temper: Temper) {
        self.route = route
        self.reach = reach
        self.temper = temper
    }

    mutating func see(_ delivery: Delivery, at time: Timestamp) {
        seen.append(Sighting(delivery: delivery, time: time))
    }

    /// Mostly well, sometimes badly, rarely not at all.
    func react(isCalm: Bool, using random: inout SeededRandom) -> Reaction {
        let prompt = Int64.random(in: 1_000_000...400_000_000, using: &random)
        if isCalm { return .answer(.succeeded, code: 200, after: prompt) }
        let delay = temper == .slow ? prompt * 10 : prompt
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<70: return .answer(.succeeded, code: 200, after: delay)
        case 70..<75: return .answer(.succeeded, code: 404, after: delay)
        case 75..<87: return .answer(.failed, code: 500, after: delay)
        case 87..<90: return .answer(.dropped, code: 200, after: delay)
        case 90..<94: return .answer(.succeeded, code: 200, after: prompt * 100)
        case 94..<97: return .answerTwice(after: delay)
        // Until the stream closes or the process dies, nobody knows.
        default: return .silence
        }
    }
}
