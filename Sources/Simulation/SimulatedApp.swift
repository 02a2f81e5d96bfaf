// An unreliable app: it is up or down, and takes each delivery its own way. What it saw is kept
// outside the log: it is the outside's word against the audit's.

import EventLog
import Jobs
import SchedulerCore

/// How a receiver is reached, which decides what its going means.
enum ReceiverKind: Sendable, CaseIterable {
    /// An HTTP address: no connection means undeliverable; what was begun still ends.
    case address
    /// A stream: its end takes every trigger in flight with it.
    case stream
}

/// What an app does with one delivery: when it answers what, and what of it is wrong.
struct Reaction: Sendable {
    var fault: Fault?
    /// Nanoseconds from the delivery on.
    var answers: [(answer: Answer, after: Int64)] = []
}

/// How long an app stays as it is and how long it takes for an answer, beside a steady one.
enum AppProfile: Sendable, CaseIterable {
    case steady
    /// Up and down ten times as often.
    case flapping
    /// Ten times as slow.
    case slow
}

struct SimulatedApp: Sendable {
    let route: RouteKey
    let receiverKind: ReceiverKind
    let profile: AppProfile
    var isUp = true
    /// The receiver that stands for it in the current process, if it has connected.
    var receiver: ReceiverID?
    /// Distinguishes connections, so that an answer of a lost stream is lost too.
    var connection = 0
    /// Distinguishes its processes: a dead one answers nothing.
    var life = 0
    /// What its process has taken and not answered, with the scheduler's process that sent it.
    private var held: [TriggerID: Int] = [:]
    private(set) var received: [ReceivedDelivery] = []

    /// A delivery that reached the app.
    struct ReceivedDelivery: Sendable {
        let delivery: Delivery
        let time: Timestamp
    }

    init(route: RouteKey, receiverKind: ReceiverKind, profile: AppProfile) {
        self.route = route
        self.receiverKind = receiverKind
        self.profile = profile
    }

    mutating func receive(_ delivery: Delivery, at time: Timestamp, from process: Int) {
        received.append(ReceivedDelivery(delivery: delivery, time: time))
        held[delivery.trigger] = process
    }

    mutating func answered(_ trigger: TriggerID) { held[trigger] = nil }

    /// Its process dies. Returns what is left unanswered of what `process` sent.
    mutating func die(servedBy process: Int) -> [TriggerID] {
        defer { held = [:] }
        isUp = false
        life += 1
        return held.filter { $0.value == process }.keys.sorted()
    }

    /// Mostly well, sometimes badly, rarely not at all.
    func react(
        to trigger: TriggerID, isCalm: Bool, using random: inout SeededRandom
    ) -> Reaction {
        let prompt = Int64.random(in: 1_000_000...400_000_000, using: &random)
        let delay = profile == .slow && !isCalm ? prompt * 10 : prompt
        func says(_ outcome: Answer.Outcome, _ code: Int32 = 0) -> Answer {
            Answer(trigger: trigger, outcome: outcome, code: code)
        }
        let yes = says(.succeeded, 200)
        switch isCalm ? 0 : Int.random(in: 0..<100, using: &random) {
        case 0..<70: return Reaction(answers: [(yes, delay)])
        case 70..<75: return Reaction(answers: [(says(.succeeded, 404), delay)])
        case 75..<84: return Reaction(fault: .failedAnswer, answers: [(says(.failed, 500), delay)])
        case 84..<87: return Reaction(fault: .failedAnswer, answers: [(says(.dropped, 200), delay)])
        case 87..<90: return Reaction(fault: .lateAnswer, answers: [(yes, prompt * 100)])
        case 90..<93:
            let pause: Int64 = random.once(in: 2) ? 1 : 2_000_000_000
            return Reaction(
                fault: .secondAnswer,
                answers: [(yes, delay), (says(.failed, 500), delay + pause)])
        case 93..<96: return broken(says(.broken), yes, says(.timedOut), delay, &random)
        case 96:
            let other = TriggerID(trigger.sequence.next)
            return Reaction(
                fault: .wrongAnswer,
                answers: [(Answer(trigger: other, outcome: .succeeded, code: 200), delay)])
        // Until the stream closes or the process dies, nobody knows.
        default: return Reaction(fault: .noAnswer)
        }
    }

    /// A call to an address breaks off, or its time is up; a stream knows neither.
    private func broken(
        _ cut: Answer, _ late: Answer, _ timeout: Answer, _ delay: Int64,
        _ random: inout SeededRandom
    ) -> Reaction {
        switch receiverKind {
        case .stream: return Reaction(fault: .noAnswer)
        case .address where random.once(in: 2):
            return Reaction(fault: .cutAnswer, answers: [(cut, delay)])
        case .address:
            let patience: Int64 = 30_000_000_000
            let answers = [(timeout, patience)]
            return Reaction(
                fault: .timeout,
                answers: random.once(in: 2) ? answers + [(late, patience + delay)] : answers)
        }
    }
}
