import Jobs

/// Numbers of live jobs by the phase of their tick. Updated with the rows, so that nothing has to
/// scan a million of them.
package struct PhaseCounts: Equatable, Sendable {
    /// Jobs waiting for the time of their next tick, or for a receiver.
    package private(set) var waiting = 0
    /// Jobs waiting for another attempt of the same tick.
    package private(set) var retrying = 0
    package private(set) var inFlight = 0

    var sum: Int { waiting + retrying + inFlight }

    /// These without `count` jobs that are not in flight, first of all such as wait for their first attempt.
    func leavingOut(_ count: Int) -> PhaseCounts {
        var rest = self
        rest.waiting = max(0, waiting - count)
        rest.retrying -= count - (waiting - rest.waiting)
        return rest
    }

    mutating func replace(_ old: Tick.Phase?, by new: Tick.Phase?) {
        if let old { add(-1, to: old) }
        if let new { add(1, to: new) }
    }

    private mutating func add(_ count: Int, to phase: Tick.Phase) {
        switch phase {
        case .waiting(.schedule), .waiting(.manual): waiting += count
        case .waiting(.retry), .waiting(.redelivery): retrying += count
        case .inFlight: inFlight += count
        // Its row is removed in the same turn.
        case .finished: break
        }
    }
}
