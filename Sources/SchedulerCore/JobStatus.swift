package import EventLog
package import JobState
package import Jobs

/// How far a live job has come.
package struct JobStatus: Equatable, Sendable {
    package enum Phase: String, Sendable {
        /// Waiting for the due time of its next tick, or to be sent.
        case waiting
        /// Due, for the first or another attempt, and nobody is there to receive it.
        case parked
        /// A trigger has been sent and is not answered yet.
        case inFlight
        /// Waiting for another attempt of the tick that was triggered last.
        case retrying
    }

    package let phase: Phase
    /// Ticks whose outcome is known.
    package let ticksDone: UInt64
    /// The attempt that is in flight or comes next, counted from 1 within its tick.
    package let attempt: UInt32
    /// The due time of the tick that was triggered last; `nil` before the first.
    package let lastDue: Timestamp?
    /// The due time of the tick that has not been triggered yet; `nil` after the last, and if it never
    /// comes due.
    package let nextDue: Timestamp?
    /// When the trigger in flight was triggered.
    package let triggeredAt: Timestamp?
    /// The last event of the generation.
    package let lastEvent: SequenceNumber

    /// The status of a job that has not finished. `zones` are the rules at that point of the log.
    /// `absentAt` is the time now if its route has no receiver; what is due then is parked.
    /// `triggeredAt` is that of its trigger in flight.
    package init(
        of row: JobRow, in zones: ZoneTables, absentAt now: Timestamp? = nil,
        triggeredAt: Timestamp? = nil
    ) {
        self.triggeredAt = triggeredAt
        let tick = row.tick
        attempt = tick.attempt
        lastEvent = row.previous
        ticksDone = tick.number - 1
        let isParked = now.map { tick.attemptDue <= $0 } ?? false
        let isTriggered: Bool
        switch tick.phase {
        case .waiting(.schedule), .waiting(.manual):
            (phase, isTriggered) = (isParked ? .parked : .waiting, false)
        case .waiting(.retry), .waiting(.redelivery):
            (phase, isTriggered) = (isParked ? .parked : .retrying, true)
        case .inFlight: (phase, isTriggered) = (.inFlight, true)
        // A finished job is deleted in the turn that finishes it.
        case .finished: preconditionFailure("\(row.id.name) is finished and still there")
        }
        if isTriggered {
            lastDue = tick.due
            let following = row.rule.following(tick: tick.number, due: tick.due, in: zones)
            nextDue = if case .due(let due) = following { due } else { nil }
        } else {
            lastDue = tick.number > 1 ? tick.countedFrom : nil
            nextDue = tick.due.ifEver
        }
    }
}
