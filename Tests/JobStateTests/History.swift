import EventLog
import JobState
import Jobs

/// A history under construction: events with their numbers, folded as they are added.
struct History {
    private(set) var records: [Record] = []
    private(set) var projection = JobProjection()
    var now = Timestamp(seconds: 1_893_456_000)

    static let caller = Caller(api: .http, appID: "shop", peer: "127.0.0.1:1")

    /// One process has opened a new log.
    init() { append(History.opening(isAfterCleanClose: true)) }

    /// The events that follow `init`, each of which must fit.
    init(_ events: Event...) {
        self.init()
        for event in events { append(event) }
    }

    var next: SequenceNumber { projection.head.next }

    @discardableResult
    mutating func append(_ event: Event) -> SequenceNumber {
        let record = Record(sequence: next, time: now, event: event)
        do {
            try projection.apply(record)
        } catch {
            preconditionFailure("not a legal history: \(record): \(error.reason)")
        }
        records.append(record)
        return record.sequence
    }

    /// Why `event` cannot follow; `nil` if it can. The history stays as it is.
    func refusal(of event: Event, at sequence: SequenceNumber? = nil) -> CorruptHistory? {
        var projection = projection
        do {
            try projection.apply(Record(sequence: sequence ?? next, time: now, event: event))
            return nil
        } catch {
            return error
        }
    }
}

// Short forms for events. Generations and triggers are plain numbers.
extension History {
    static func opening(isAfterCleanClose: Bool, boot: UInt64 = 1) -> Event {
        .opened(
            Opening(
                bootID: BootID(high: 0, low: boot), softwareVersion: "test", logFormat: 0,
                isAfterCleanClose: isAfterCleanClose))
    }

    // Safe because the parts are letters and digits.
    static func job(_ name: String, app: String = "shop") -> JobID {
        try! JobID(namespace: "default", target: .app(app), name: name)
    }

    // Safe because the parts are letters.
    static func actor(_ name: String) -> JobID {
        try! JobID(namespace: "default", target: .actor(type: "cat", id: "tom"), name: name)
    }

    static func definition(
        _ name: String = "a", app: String = "shop", due: Int64? = 60,
        schedule: String? = "@every 1m", concurrencyKey: String? = nil
    ) -> Definition {
        Definition(
            id: job(name, app: app), concurrencyKey: concurrencyKey, schedule: schedule,
            dueTime: nil, ttl: nil, repeats: nil,
            failurePolicy: .standard, anchor: at(0), firstDue: due.map(at), expiry: nil,
            payload: nil, caller: caller)
    }

    /// The instant this many seconds after the beginning.
    static func at(_ seconds: Int64) -> Timestamp { Timestamp(seconds: 1_893_456_000 + seconds) }

    static func present(_ receiver: UInt32 = 1, app: String = "shop") -> Event {
        .receiverPresent(presence(receiver, app: app))
    }

    static func absent(_ receiver: UInt32 = 1, app: String = "shop") -> Event {
        .receiverAbsent(presence(receiver, app: app))
    }

    private static func presence(_ receiver: UInt32, app: String) -> Presence {
        Presence(
            route: job("-", app: app).route, receiver: ReceiverID(receiver), address: "w", window: 9
        )
    }

    /// A limit for actors, or its end.
    static func limited(_ concurrencyKey: String?, to inFlightMax: UInt32?) -> Event {
        .concurrencyLimited(
            ConcurrencyLimit(
                route: actor("a").route, concurrencyKey: concurrencyKey, inFlightMax: inFlightMax))
    }

    static func triggered(
        _ generation: UInt64, after previous: UInt64, tick: UInt64 = 1, due: Int64 = 60,
        attempt: UInt32 = 1, cause: Trigger.Cause = .schedule
    ) -> Event {
        .triggered(
            Trigger(
                generation: SequenceNumber(generation), previous: SequenceNumber(previous),
                tick: tick, due: at(due), attempt: attempt, cause: cause, receiver: ReceiverID(1),
                heldBy: nil))
    }

    static func acknowledged(
        _ trigger: UInt64, of generation: UInt64, after previous: UInt64,
        _ outcome: Acknowledgement.Outcome, isBreak: Bool = false,
        next: (tick: UInt64, at: Int64)? = nil
    ) -> Event {
        .acknowledged(
            Acknowledgement(
                generation: SequenceNumber(generation), previous: SequenceNumber(previous),
                trigger: TriggerID(SequenceNumber(trigger)), outcome: outcome, code: 0,
                connectionBroke: isBreak,
                next: next.map { Acknowledgement.Next(tick: $0.tick, at: at($0.at)) }))
    }

    static func deleted(
        _ generation: UInt64, after previous: UInt64, _ reason: Deletion.Reason? = nil
    ) -> Event {
        .deleted(
            Deletion(
                generation: SequenceNumber(generation), previous: SequenceNumber(previous),
                reason: reason ?? .requested(caller)))
    }

    static func deletedByPrefix(_ prefix: String, count: UInt64) -> Event {
        .deletedByPrefix(
            PrefixDeletion(keyPrefix: job(prefix).key, count: count, caller: caller))
    }

    static func rescheduled(
        _ generation: UInt64, after previous: UInt64, tick: UInt64 = 1, from: Int64 = 60,
        to: Int64?,
        reason: Rescheduling.Reason = .rules
    ) -> Event {
        .rescheduled(
            Rescheduling(
                generation: SequenceNumber(generation), previous: SequenceNumber(previous),
                reason: reason, tick: tick, from: at(from), to: to.map(at)))
    }

    static func skipped(
        _ generation: UInt64, after previous: UInt64, _ ticks: (first: UInt64, last: UInt64),
        next: (tick: UInt64, at: Int64)? = nil
    ) -> Event {
        .skipped(
            Skip(
                generation: SequenceNumber(generation), previous: SequenceNumber(previous),
                firstTick: ticks.first, lastTick: ticks.last, reason: .policy,
                next: next.map { Acknowledgement.Next(tick: $0.tick, at: at($0.at)) }))
    }
}

extension JobProjection {
    func row(_ generation: UInt64) -> JobRow? { rows[SequenceNumber(generation)] }
    func entry(_ trigger: UInt64) -> InFlightTrigger? {
        inFlight[TriggerID(SequenceNumber(trigger))]
    }

    /// The lane with the key that `lane` has in `other`.
    func lane(_ lane: LaneIndex, of other: JobProjection) -> LaneIndex? {
        let key = other.lanes[Int(lane.rawValue)].key
        return routeIndex(of: other.routes[Int(key.route.rawValue)].key)
            .flatMap { laneIndex(of: $0, gate: key.gate) }
    }

    /// The waiting jobs in the order in which they would be triggered if every route were open.
    func dueOrder() -> [SequenceNumber] { DueFold(self).order() }
}

/// A projection and the index that follows it, as a decider keeps the two.
struct DueFold {
    private(set) var projection: JobProjection
    var due: DueIndex

    init(_ projection: JobProjection = JobProjection()) {
        self.projection = projection
        due = DueIndex(of: projection)
    }

    /// Applies a turn, which frees at most `max` rows of jobs that were deleted by prefix, and returns how to undo it.
    @discardableResult
    mutating func apply(_ records: some Sequence<Record>, freeing max: Int = .max) throws
        -> JobProjection.Journal
    {
        projection.startJournal()
        var followed = 0
        for record in records {
            try projection.apply(record)
            due.follow(projection.waits, from: &followed)
        }
        projection.free(max: max)
        due.follow(projection.waits, from: &followed)
        return projection.endJournal()
    }

    mutating func undo(_ journal: JobProjection.Journal) {
        due.undo(journal.waits)
        projection.undo(journal)
    }

    /// Records applied since the first.
    var count: Int { Int(projection.head.rawValue) }

    mutating func openAll() {
        for route in projection.routesInUse { due.setOpen(route, true) }
    }

    /// The waiting jobs in the order in which they would be triggered if every route were open.
    func order() -> [SequenceNumber] {
        var rest = self
        _ = try? rest.apply([])
        if projection.isClosed { try? rest.append(History.opening(isAfterCleanClose: true)) }
        rest.openAll()
        var order: [SequenceNumber] = []
        while let first = rest.due.first {
            order.append(first.wait.generation)
            let previous = rest.projection.rows[first.wait.generation]?.previous ?? .zero
            try? rest.append(
                History.deleted(first.wait.generation.rawValue, after: previous.rawValue))
            if order.count > projection.rows.count { break }
        }
        return order
    }

    private mutating func append(_ event: Event) throws {
        try apply([Record(sequence: projection.head.next, time: .earliest, event: event)])
    }
}
