// What an event is, and what it is about, for code that need not know every kind. Only the codec,
// the fold, the judge, the cells and the words of an event switch over all kinds; all other code
// uses the subject. CONTRIBUTING.md lists the files a new kind touches.

package import EventLog

/// Byte 0 of an event. Numbers are permanent: the number of a kind that is removed is never reused.
///
/// Reserved: 17 to 23 events of policies.
package enum EventKind: UInt8, CaseIterable, Sendable {
    case opened = 1
    case closed = 2
    case zoneRules = 3
    case created = 4
    case updated = 5
    case deleted = 6
    case deletedByPrefix = 7
    case rescheduled = 8
    case receiverPresent = 9
    case receiverAbsent = 10
    case triggered = 11
    case acknowledged = 12
    case skipped = 13
    case frontier = 14
    case clockMoved = 15
    case forgotten = 16
    case concurrencyLimited = 24
    case clockHeld = 25
    case clockReleased = 26

    /// The kind's name in exports, metrics and documents.
    package var name: String { "\(self)" }
}

/// What an event is about.
package enum EventSubject: Sendable {
    /// The process that writes the log, its clock, and its time zone rules.
    case writer
    /// All receivers of a route.
    case route(RouteKey)
    /// A job accepted by an earlier event: its generation.
    case job(SequenceNumber)
    /// The job this event accepts; its generation is the event's own sequence number.
    indirect case accepted(Definition)
    /// All jobs whose `JobID.key` begins with these bytes.
    case prefix([UInt8])
}

extension Event {
    package var kind: EventKind {
        switch self {
        case .opened: .opened
        case .closed: .closed
        case .zoneRules: .zoneRules
        case .created: .created
        case .updated: .updated
        case .deleted: .deleted
        case .deletedByPrefix: .deletedByPrefix
        case .rescheduled: .rescheduled
        case .receiverPresent: .receiverPresent
        case .receiverAbsent: .receiverAbsent
        case .triggered: .triggered
        case .acknowledged: .acknowledged
        case .skipped: .skipped
        case .frontier: .frontier
        case .clockMoved: .clockMoved
        case .clockHeld: .clockHeld
        case .clockReleased: .clockReleased
        case .forgotten: .forgotten
        case .concurrencyLimited: .concurrencyLimited
        }
    }

    package var subject: EventSubject {
        switch self {
        case .opened, .closed, .zoneRules, .frontier, .clockMoved, .clockHeld, .clockReleased,
            .forgotten:
            .writer
        case .receiverPresent(let presence), .receiverAbsent(let presence): .route(presence.route)
        case .concurrencyLimited(let limit): .route(limit.route)
        case .created(let definition), .updated(let definition, _): .accepted(definition)
        case .deleted(let deletion): .job(deletion.generation)
        case .rescheduled(let change): .job(change.generation)
        case .triggered(let trigger): .job(trigger.generation)
        case .acknowledged(let acknowledgement): .job(acknowledgement.generation)
        case .skipped(let skip): .job(skip.generation)
        case .deletedByPrefix(let deletion): .prefix(deletion.keyPrefix)
        }
    }

    /// The accepted definition, if this event accepts a job.
    package var accepted: Definition? {
        if case .created(let definition) = self {
            definition
        } else if case .updated(let definition, _) = self {
            definition
        } else {
            nil
        }
    }

    /// The earlier event that accepted the job this event is about; `nil` if this event accepts the
    /// job itself, or concerns no job or many.
    package var generation: SequenceNumber? {
        if case .job(let generation) = subject { generation } else { nil }
    }
}
