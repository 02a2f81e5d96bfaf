import Jobs

/// Live jobs by how far their tick is. Kept in step with the rows, so that nobody has to look at a
/// million of them to know.
package struct PhaseCounts: Equatable, Sendable {
    /// For the time of their next tick, or for somebody to take it.
    package private(set) var waiting = 0
    /// For another attempt of the same tick.
    package private(set) var retrying = 0
    package private(set) var inFlight = 0

    mutating func replace(_ old: Tick.Phase?, by new: Tick.Phase?) {
        if let old { add(-1, to: old) }
        if let new { add(1, to: new) }
    }

    private mutating func add(_ count: Int, to phase: Tick.Phase) {
        switch phase {
        case .waiting(.schedule), .waiting(.manual): waiting += count
        case .waiting(.retry), .waiting(.redelivery): retrying += count
        case .inFlight: inFlight += count
        // Its row goes in the same turn.
        case .finished: break
        }
    }
}
