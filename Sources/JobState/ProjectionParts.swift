// What a projection holds beside jobs and triggers.

package import EventLog
package import Jobs

/// A process that was the writer.
package struct Boot: Equatable, Sendable {
    package let opened: SequenceNumber
    package let time: Timestamp
    package let bootID: BootID
}

/// Other rules for a zone than before. Ticks that were counted before it and due after `opened`
/// are to be moved.
package struct ZoneChange: Equatable, Sendable {
    package let sequence: SequenceNumber
    /// When the process began that recorded it.
    package let opened: Timestamp
}

/// Whom triggers go to, as the log knows it.
package struct Route: Equatable, Sendable {
    package let key: RouteKey
    package internal(set) var lanes: [LaneIndex] = []
    package var inFlightCount = 0
    /// By the log, somebody was there to take triggers.
    package var isPresent = false
}

/// The jobs of a route that pass the same gates.
package struct Lane: Equatable, Sendable {
    package let key: LaneKey
    package var inFlightCount = 0
}

package struct LaneKey: Hashable, Sendable {
    package let route: RouteIndex
    /// `nil` for the jobs that only their route's gate can limit.
    package let gate: String?
}
