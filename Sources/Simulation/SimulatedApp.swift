// An unreliable app: it is up or down, and reacts to each delivery in one of several ways. What it received
// is kept outside the log, to be compared with the audit.

import EventLog
import Jobs
import SchedulerCore

/// The kind of a receiver, which decides what happens when it disconnects.
enum ReceiverKind: Sendable, CaseIterable {
    /// An HTTP address: without a connection a trigger is undeliverable; calls that have begun still end.
    case address
    /// A stream: when it ends, every trigger in flight is lost.
    case stream
}

/// How an app reacts to one delivery: its answers with their delays, and the fault they simulate.
struct Reaction: Sendable {
    var fault: Fault?
    /// `after` is in nanoseconds from the delivery.
    var answers: [(answer: Answer, after: Int64)] = []
}

/// How often an app goes up and down and how fast it answers.
enum AppProfile: Sendable, CaseIterable {
    case steady
    /// Goes up and down ten times as often.
    case flapping
    /// Answers ten times as slowly.
    case slow
}

struct SimulatedApp: Sendable {
    let route: RouteKey
    let receiverKind: ReceiverKind
    let profile: AppProfile
    var isUp = true
    /// Its receiver in the current process, if it has connected.
    var receiver: ReceiverID?
    /// Until when its receiver is sent no redeliveries, by a wall clock with this error that has surprised its process
    /// so often; `nil` if it is not provisional.
    var provisional: (until: Timestamp, clockError: Int64, clockChanges: Int)?
    /// Numbers its connections, so that answers on a lost stream are lost too.
    var connection = 0
    /// Numbers its processes: a dead one answers nothing.
    var life = 0
    /// Triggers that its process has not answered, with the number of the scheduler's process that sent
    /// them.
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

    /// Its process dies. Returns the unanswered triggers that `process` sent.
    mutating func die(servedBy process: Int) -> [TriggerID] {
        defer { held = [:] }
        isUp = false
        life += 1
        return held.filter { $0.value == process }.keys.sorted()
    }

    /// Succeeds mostly, fails sometimes, and rarely does not answer.
    func react(
        to trigger: TriggerID, isCalm: Bool, using random: inout SeededRandom
    ) -> Reaction {
        let prompt = Int64.random(in: 1_000_000...400_000_000, using: &random)
        let delay = profile == .slow && !isCalm ? prompt * 10 : prompt
        func says(_ outcome: Answer.Outcome, _ code: Int32 = 0) -> Answer {
            let words = code >= 200 ? "\(code) for \(trigger.sequence)" : ""
            return Answer(
                trigger: trigger, outcome: outcome, code: code,
                error: ErrorText(words.utf8, salt: (trigger.sequence.rawValue, 0)))
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
        // The scheduler learns nothing until the stream closes or the process dies.
        default: return Reaction(fault: .noAnswer)
        }
    }

    /// The connection to an address breaks or the call times out; streams know neither.
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
