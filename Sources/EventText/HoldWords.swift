package import Jobs

extension Trigger.Hold {
    /// What made a trigger late, in the words of every text that tells it.
    package var words: String {
        switch self {
        case .receiverAbsent: "the app was not there"
        case .windowFull: "the app was busy"
        case .gate: "a limit of concurrency was reached"
        case .predecessor: "the tick before was still running"
        case .downtime: "no scheduler was running"
        }
    }

    /// As the field `heldBy` names it.
    package init?(name: String) {
        guard let hold = Trigger.Hold.allCases.first(where: { "\($0)" == name }) else { return nil }
        self = hold
    }
}
