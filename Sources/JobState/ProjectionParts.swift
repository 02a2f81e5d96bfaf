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
package struct Route: SlotValue {
    package let key: RouteKey
    package var use = SlotUse.inUse
    package internal(set) var lanes: [LaneIndex] = []
    package var inFlightCount = 0
    /// Whether a receiver is present, according to the log.
    package var isPresent = false
    /// Whether a limit of concurrency is in force for all its triggers, according to the log.
    package internal(set) var isLimited = false

    init(key: RouteKey) { self.key = key }

    package typealias Index = RouteIndex

    var isIdle: Bool { lanes.isEmpty && !isPresent && !isLimited }
}

/// The jobs of a route that share the same gates.
package struct Lane: SlotValue {
    package let key: LaneKey
    package var use = SlotUse.inUse
    package var inFlightCount = 0
    /// Of live jobs, and of those that were deleted by prefix and are not freed yet.
    var rowCount = 0
    /// Whether a limit of concurrency is in force for its own gate, according to the log.
    var isLimited = false
    /// Its place in its route's list.
    var place = 0

    init(key: LaneKey) { self.key = key }

    package typealias Index = LaneIndex

    var isIdle: Bool { rowCount == 0 && inFlightCount == 0 && !isLimited }
}

package struct LaneKey: Hashable, Comparable, Sendable {
    package let route: RouteIndex
    /// The key of the lane's own gate; `nil` for the jobs that only their route's gate can limit.
    package let gate: String?

    package static func < (left: LaneKey, right: LaneKey) -> Bool {
        left.route != right.route
            ? left.route < right.route : (left.gate ?? "") < (right.gate ?? "")
    }
}

/// The number of a route while something uses it.
package struct RouteIndex: SlotIndex {
    package let rawValue: Int32
    package init(_ rawValue: Int) { self.rawValue = Int32(rawValue) }
}

/// The number of a lane while something uses it.
package struct LaneIndex: SlotIndex {
    package let rawValue: Int32
    package init(_ rawValue: Int) { self.rawValue = Int32(rawValue) }
}
