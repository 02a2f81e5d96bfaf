package import EventLog

/// A job that waits for an instant; ties go to the older generation.
package struct Wait: Comparable, Hashable, Sendable {
    package let due: Timestamp
    package let generation: SequenceNumber

    init(due: Timestamp, generation: SequenceNumber) {
        self.due = due
        self.generation = generation
    }

    /// `nil` if the job does not wait.
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

/// A change of what waits, or of where it can wait.
package enum WaitChange: Sendable {
    /// A job of a lane began or ceased to wait, or waits for another instant.
    case wait(LaneIndex, from: Wait?, to: Wait?)
    /// There is one route more.
    case route
    /// There is one lane more.
    case lane(of: RouteIndex)
}
