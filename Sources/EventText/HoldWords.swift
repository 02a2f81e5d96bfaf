package import Jobs

extension Trigger.Hold {
    /// The reason a trigger was late, in the words that all texts use.
    package var words: String {
        switch self {
        case .receiverAbsent: "the app was not there"
        case .windowFull: "the app was busy"
        case .gate: "a concurrency limit was reached"
        case .predecessor: "the previous tick was still running"
        case .downtime: "no scheduler was running"
        case .reconnecting: "the sidecar was still connecting again"
        case .clock: "the clock was not believed, or had jumped"
        }
    }

    /// The hold with this name in the field `heldBy`.
    package init?(name: String) {
        guard let hold = Trigger.Hold.allCases.first(where: { "\($0)" == name }) else { return nil }
        self = hold
    }
}
