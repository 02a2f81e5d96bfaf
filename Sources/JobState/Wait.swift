package import EventLog

/// A job waiting for an instant; at equal instants the older generation comes first.
package struct Wait: Comparable, Hashable, Sendable {
    package let due: Timestamp
    package let generation: SequenceNumber

    init(due: Timestamp, generation: SequenceNumber) {
        self.due = due
        self.generation = generation
    }

    /// `nil` if the job is not waiting.
    init?(_ generation: SequenceNumber, _ tick: Tick) {
        switch tick.phase {
        case .waiting: self.init(due: tick.attemptDue, generation: generation)
        case .inFlight, .finished: return nil
        }
    }

    package static func < (left: Wait, right: Wait) -> Bool {
        left.due != right.due ? left.due < right.due : left.generation < right.generation
    }
}

/// A change of the waiting jobs, or of the lanes and routes they wait in.
package enum WaitChange: Sendable {
    /// A job of a lane began or stopped waiting, or waits for another instant.
    case wait(LaneIndex, from: Wait?, to: Wait?)
    /// A route was added, or has the number of one that was given up.
    case route(RouteIndex)
    /// A lane was added, or has the number of one that was given up.
    case lane(LaneIndex, of: RouteIndex)
}
