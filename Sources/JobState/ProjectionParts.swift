// The parts of a projection besides jobs and triggers.

package import EventLog
package import Jobs

/// A process that was the writer.
package struct Boot: Equatable, Sendable {
    package let opened: SequenceNumber
    package let time: Timestamp
    package let bootID: BootID
}

/// A change of a zone's rules. Ticks computed before it and due after `opened` have to be moved.
package struct ZoneChange: Equatable, Sendable {
    package let sequence: SequenceNumber
    /// When the process that recorded the change began.
    package let opened: Timestamp
}

/// A jump of the clock. What waits for a span of time since before it moves with it, if the sum of the jumps since then
/// is back.
package struct ClockMove: Equatable, Sendable {
    package let sequence: SequenceNumber
    package let from: Timestamp
    package let to: Timestamp

    /// Nanoseconds; negative if the clock was put back.
    package var length: Int64 { to.nanoseconds(since: from) }
}

/// A route for triggers, as the log has it.
package struct Route: Equatable, Sendable {
    package let key: RouteKey
    package internal(set) var lanes: [LaneIndex] = []
    package var inFlightCount = 0
    /// Whether a receiver is present, according to the log.
    package var isPresent = false
}

/// The jobs of a route that share the same gates.
package struct Lane: Equatable, Sendable {
    package let key: LaneKey
    package var inFlightCount = 0
}

package struct LaneKey: Hashable, Sendable {
    package let route: RouteIndex
    /// The key of the lane's own gate; `nil` for the jobs that only their route's gate can limit.
    package let gate: String?
}
