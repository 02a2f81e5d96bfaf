import Audit
import EventLog
import Jobs

/// A history written by hand, record by record, and judged as it is written. It fills in only
/// `previous`, the last event written for the generation, unless a test says otherwise. Times are
/// in seconds.
struct History {
    private(set) var audit: Audit
    private(set) var records: [Record] = []
    private(set) var sequence = SequenceNumber.zero
    private var sealed = SequenceNumber.zero
    private var now: Int64 = 0
    private var lastEvents: [SequenceNumber: SequenceNumber] = [:]
    private var generations: [TriggerID: SequenceNumber] = [:]

    static let caller = Caller(api: .http, appID: "shop", peer: "127.0.0.1:1")

    init(
        limits: AuditLimits = AuditLimits(), lateMax: Int64? = nil, scope: AuditScope = AuditScope()
    ) {
        audit = Audit(limits: limits, lateMax: lateMax.map { .seconds($0) }, scope: scope)
    }

    /// `opened`, and one receiver of the app "shop": records 1 and 2.
    static func ready(
        window: UInt32 = 10, limits: AuditLimits = AuditLimits(), lateMax: Int64? = nil,
        scope: AuditScope = AuditScope()
    ) throws -> History {
        var history = History(limits: limits, lateMax: lateMax, scope: scope)
        history.opened(isAfterCleanClose: true)
        try history.present(window: window)
        return history
    }

    /// The number of ticks of each story, without those that no tick has.
    var stories: [Story: Int] {
        let counts = audit.report().stories.counts.all.filter { $0.count > 0 }
        return Dictionary(uniqueKeysWithValues: counts.map { ($0.key, $0.count) })
    }

    /// The same for the causes of late ticks.
    var lateCauses: [LateCause: Int] {
        let counts = audit.report().stories.lateCounts.all.filter { $0.count > 0 }
        return Dictionary(uniqueKeysWithValues: counts.map { ($0.key, $0.count) })
    }

    /// The findings as text: "kind #records: sentence".
    var verdicts: [String] {
        audit.report().findings.map { finding in
            let records = finding.sequences.map { "#\($0)" }.joined(separator: " ")
            return "\(finding.kind) \(records): \(finding.explanation)"
        }
    }

    /// An instant as findings show it: seconds after 1970-01-01T00:00:00Z, less than one hour.
    static func show(_ seconds: Int64) -> String { Timestamp(seconds: seconds).inUTC }

    @discardableResult
    mutating func add(_ event: Event, at time: Int64? = nil) -> SequenceNumber {
        now = time ?? now
        sequence = sequence.next
        let record = Record(sequence: sequence, time: Timestamp(seconds: now), event: event)
        records.append(record)
        audit.add(record)
        return sequence
    }

    /// Leaves out a record.
    mutating func gap() { sequence = sequence.next }

    /// Ends a turn.
    @discardableResult
    mutating func seal(through decided: Int64) -> Seal {
        let seal = Seal(
            first: sealed.next, last: sequence, time: Timestamp(seconds: now),
            decidedThrough: Timestamp(seconds: decided),
            digest: [UInt8](repeating: 7, count: Seal.digestSize))
        sealed = sequence
        audit.add(seal)
        return seal
    }

    /// An idle writer's frontiers, every ten seconds.
    mutating func idle(from start: Int64, to end: Int64) {
        for time in stride(from: start, through: end, by: 10) { add(.frontier, at: time) }
    }

    mutating func opened(isAfterCleanClose: Bool, at time: Int64? = nil) {
        let opening = Opening(
            bootID: BootID(high: 1, low: 2), softwareVersion: "1", logFormat: 0,
            isAfterCleanClose: isAfterCleanClose)
        add(.opened(opening), at: time)
    }

    private func presence(_ app: String, _ receiver: UInt32, _ window: UInt32) throws -> Presence {
        Presence(
            route: try RouteKey(namespace: "default", appID: app), receiver: ReceiverID(receiver),
            address: "127.0.0.1:80", window: window)
    }

    mutating func present(
        _ app: String = "shop", receiver: UInt32 = 1, window: UInt32 = 10, at time: Int64? = nil
    ) throws {
        add(.receiverPresent(try presence(app, receiver, window)), at: time)
    }

    mutating func absent(_ app: String = "shop", receiver: UInt32 = 1, at time: Int64? = nil) throws
    {
        add(.receiverAbsent(try presence(app, receiver, 0)), at: time)
    }
}

// Events of jobs.
extension History {
    /// Without a schedule the job is due once, at `firstDue`.
    static func definition(
        _ name: String, schedule: String? = nil, isDueAtAnchor: Bool = false, anchor: Int64 = 0,
        firstDue: Int64?, repeats: UInt32? = nil, expiry: Int64? = nil,
        policy: FailurePolicy = .standard, app: String = "shop"
    ) throws -> Definition {
        let id = try JobID(namespace: "default", target: .app(app), name: name)
        return Definition(
            id: id, schedule: schedule,
            dueTime: schedule == nil || isDueAtAnchor ? "given" : nil, ttl: nil, repeats: repeats,
            failurePolicy: policy,
            anchor: Timestamp(seconds: schedule == nil ? firstDue ?? anchor : anchor),
            firstDue: firstDue.map { Timestamp(seconds: $0) },
            expiry: expiry.map { Timestamp(seconds: $0) }, payload: nil, caller: caller)
    }

    @discardableResult
    mutating func created(
        _ name: String = "report", schedule: String? = nil, firstDue: Int64? = 60,
        repeats: UInt32? = nil, expiry: Int64? = nil, policy: FailurePolicy = .standard,
        app: String = "shop", at time: Int64? = nil
    ) throws -> SequenceNumber {
        let definition = try Self.definition(
            name, schedule: schedule, firstDue: firstDue, repeats: repeats, expiry: expiry,
            policy: policy, app: app)
        return remember(add(.created(definition), at: time))
    }

    @discardableResult
    mutating func updated(
        _ job: SequenceNumber, _ name: String = "report", firstDue: Int64 = 60,
        previous: SequenceNumber? = nil
    ) throws -> SequenceNumber {
        let definition = try Self.definition(name, firstDue: firstDue)
        let event = Event.updated(definition, previous: previous ?? last(job))
        let generation = remember(add(event))
        lastEvents[job] = generation
        return generation
    }

    mutating func deleted(
        _ job: SequenceNumber, _ reason: Deletion.Reason = .requested(caller),
        previous: SequenceNumber? = nil, at time: Int64? = nil
    ) {
        let previous = previous ?? last(job)
        let deletion = Deletion(generation: job, previous: previous, reason: reason)
        lastEvents[job] = add(.deleted(deletion), at: time)
    }

    mutating func deletedByPrefix(_ name: String, count: UInt64, ending jobs: [SequenceNumber] = [])
        throws
    {
        let key = try JobID(namespace: "default", target: .app("shop"), name: name).key
        let deletion = PrefixDeletion(keyPrefix: key, count: count, caller: Self.caller)
        let sequence = add(.deletedByPrefix(deletion))
        for job in jobs { lastEvents[job] = sequence }
    }

    @discardableResult
    mutating func triggered(
        _ job: SequenceNumber, tick: UInt64 = 1, due: Int64 = 60, at time: Int64,
        attempt: UInt32 = 1, cause: Trigger.Cause = .schedule, receiver: UInt32 = 1,
        previous: SequenceNumber? = nil, heldBy: Trigger.Hold? = nil
    ) -> TriggerID {
        let trigger = Trigger(
            generation: job, previous: previous ?? last(job), tick: tick,
            due: Timestamp(seconds: due), attempt: attempt, cause: cause,
            receiver: ReceiverID(receiver), heldBy: heldBy)
        let id = TriggerID(add(.triggered(trigger), at: time))
        lastEvents[job] = id.sequence
        generations[id] = job
        return id
    }

    mutating func acknowledged(
        _ trigger: TriggerID, _ outcome: Acknowledgement.Outcome, code: Int32 = 200,
        isBreak: Bool = false, next: (tick: UInt64, at: Int64)? = nil, at time: Int64? = nil,
        generation: SequenceNumber? = nil, previous: SequenceNumber? = nil, isLast: Bool = true
    ) {
        let job = generation ?? generations[trigger] ?? .zero
        let event = Acknowledgement(
            generation: job, previous: previous ?? last(job), trigger: trigger, outcome: outcome,
            code: code, connectionBroke: isBreak,
            next: next.map { Acknowledgement.Next(tick: $0.tick, at: Timestamp(seconds: $0.at)) })
        let sequence = add(.acknowledged(event), at: time)
        if isLast { lastEvents[job] = sequence }
    }

    mutating func rescheduled(
        _ job: SequenceNumber, tick: UInt64 = 1, from: Int64, to: Int64?,
        reason: Rescheduling.Reason = .rules
    ) {
        let event = Rescheduling(
            generation: job, previous: last(job), reason: reason, tick: tick,
            from: Timestamp(seconds: from),
            to: to.map { Timestamp(seconds: $0) })
        lastEvents[job] = add(.rescheduled(event))
    }

    mutating func skipped(
        _ job: SequenceNumber, _ ticks: ClosedRange<UInt64>, next: (tick: UInt64, at: Int64)?
    ) {
        let event = Skip(
            generation: job, previous: last(job), firstTick: ticks.lowerBound,
            lastTick: ticks.upperBound, reason: .policy,
            next: next.map { Acknowledgement.Next(tick: $0.tick, at: Timestamp(seconds: $0.at)) })
        lastEvents[job] = add(.skipped(event))
    }

    /// The last event written for `job`.
    func last(_ job: SequenceNumber) -> SequenceNumber { lastEvents[job] ?? job }

    mutating func remember(_ generation: SequenceNumber) -> SequenceNumber {
        lastEvents[generation] = generation
        return generation
    }
}

// What may happen to a waiting job.
extension History {
    /// Its only tick.
    mutating func run(_ job: SequenceNumber, at time: Int64, heldBy hold: Trigger.Hold? = nil) {
        acknowledged(triggered(job, at: time, heldBy: hold), .succeeded)
        deleted(job, .completed)
    }

    /// Only one trigger of the app may be in flight, and it is another job's.
    mutating func heldByLimit(from: Int64, to: Int64) throws {
        let route = try RouteKey(namespace: "default", appID: "shop")
        let limit = ConcurrencyLimit(route: route, concurrencyKey: nil, inFlightMax: 1)
        add(.concurrencyLimited(limit))
        let other = try created("other", firstDue: from)
        let trigger = triggered(other, due: from, at: from)
        idle(from: from, to: to)
        acknowledged(trigger, .succeeded)
        deleted(other, .completed)
    }
}
