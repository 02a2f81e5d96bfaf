// Follows a name tick by tick. Fed record by record, it keeps the generation that holds the name and the
// tick that waits or is in flight, and returns each when it ends.

import EventLog
import Jobs

struct JobLife {
    private var trail: JobTrail
    /// The generation that holds the name, with the last tick it waited for.
    private(set) var holder: GenerationLife?

    /// What a record changed.
    struct Change {
        /// The generation that the event is about.
        var generation: SequenceNumber
        /// The tick that ended.
        var tick: TickLife?
        /// The generation that ended.
        var left: GenerationLife?
    }

    init(of id: JobID) { trail = JobTrail(of: id) }

    /// `nil` if the record is not about this name.
    mutating func add(_ record: Record) -> Change? {
        guard let (generation, _) = trail.take(record) else { return nil }
        let moment = LogMoment(sequence: record.sequence, time: record.time)
        var change = Change(generation: generation)
        switch record.event.subject {
        case .accepted(let definition):
            leave(.replaced(moment), how: "was replaced", isReplaced: true, moment, &change)
            holder = GenerationLife(number: record.sequence, definition: definition, begin: moment)
            if let due = definition.firstDue?.ifEver {
                holder?.last = TickLife(
                    definition.firstTick, of: record.sequence, due: due, since: moment, .accepted)
            }
        case .job(let generation): live(record.event, of: generation, moment, &change)
        case .prefix:
            guard case .deletedByPrefix(let event) = record.event else { break }
            end(
                "was deleted by \(Wording.text(event.caller)), by a prefix of its name", moment,
                &change)
        case .writer, .route: break
        }
        return change
    }

    private mutating func live(
        _ event: Event, of generation: SequenceNumber, _ moment: LogMoment, _ change: inout Change
    ) {
        if case .deleted(let event) = event {
            end(Wording.ended(event.reason), moment, &change)
        }
        if case .rescheduled(let event) = event { reschedule(event, moment) }
        if case .triggered(let event) = event, holder?.number == generation {
            holder?.last?.add(event, at: moment)
        }
        if case .acknowledged(let event) = event { settle(event, moment, &change) }
        if case .skipped(let event) = event {
            move(to: event.next, .skipped(moment), moment, &change)
        }
    }

    private mutating func settle(
        _ event: Acknowledgement, _ moment: LogMoment, _ change: inout Change
    ) {
        guard holder?.number == event.generation else { return }
        holder?.last?.add(event, at: moment)
        guard let tick = holder?.last,
            tick.deliveries.last?.trigger.sequence == event.trigger.sequence
                || tick.deliveryCount > tick.deliveries.count,
            event.outcome != .late, event.next?.tick != tick.number
        else { return }
        let end: TickLife.End =
            event.outcome == .succeeded ? .succeeded(event, moment) : .givenUp(event, moment)
        move(to: event.next, end, moment, &change)
    }

    private mutating func move(
        to next: Acknowledgement.Next?, _ end: TickLife.End, _ moment: LogMoment,
        _ change: inout Change
    ) {
        close(end, &change)
        guard let generation = holder?.number, let next else { return }
        holder?.last = TickLife(
            next.tick, of: generation, due: next.at, since: moment, .predecessor)
    }

    private mutating func reschedule(_ event: Rescheduling, _ moment: LogMoment) {
        guard holder?.number == event.generation else { return }
        if let tick = holder?.last, tick.deliveryCount > 0, let to = event.to {
            // Another attempt moves: the tick keeps what has happened to it.
            let moved = to.nanoseconds(since: event.from)
            return holder?.last?.move(to: tick.due.clampedAdding(nanoseconds: moved)) ?? ()
        }
        holder?.last = event.to.map {
            TickLife(
                event.tick, of: event.generation, due: $0, since: moment,
                event.reason == .rules ? .rules : .clock)
        }
    }

    /// Ends the tick that waited or was in flight.
    private mutating func close(_ end: TickLife.End, _ change: inout Change) {
        guard holder?.last?.end == nil else { return }
        holder?.last?.end = end
        change.tick = holder?.last
    }

    private mutating func end(_ how: String, _ moment: LogMoment, _ change: inout Change) {
        leave(.deleted(by: how, moment), how: how, isReplaced: false, moment, &change)
        holder = nil
    }

    /// Ends the generation.
    private mutating func leave(
        _ end: TickLife.End, how: String, isReplaced: Bool, _ moment: LogMoment,
        _ change: inout Change
    ) {
        close(end, &change)
        holder?.end = (how, isReplaced, moment)
        change.left = holder
    }
}

/// When no scheduler ran, and when no receiver was present for a name.
struct Interruptions {
    private let id: JobID
    /// Since when no receiver is present; `nil` if one is.
    private(set) var absentSince: LogMoment?
    /// The last record.
    private(set) var last: LogMoment?
    private(set) var isClosed = false

    init(of id: JobID) { self.id = id }

    /// The outages that ended with `record`: without a scheduler, and without a receiver.
    mutating func add(_ record: Record) -> (downtime: Outage?, absence: Outage?) {
        let moment = LogMoment(sequence: record.sequence, time: record.time)
        let before = last
        last = moment
        isClosed = false
        switch (record.event.kind, record.event.subject) {
        case (.opened, _):
            let known = absentSince
            absentSince = moment
            guard let before else { return (nil, nil) }
            return (Outage(from: before, to: moment), known.map { Outage(from: $0, to: before) })
        case (.closed, _): isClosed = true
        case (.receiverPresent, .route(let route)) where id.isRouted(to: route):
            let absence = absentSince.map { Outage(from: $0, to: moment) }
            absentSince = nil
            return (nil, absence)
        case (.receiverAbsent, .route(let route)) where id.isRouted(to: route):
            absentSince = moment
        case (_, _): break
        }
        return (nil, nil)
    }
}
