// Why a job ran, or did not, at some instant. Fed record by record, it keeps the tick that was due
// then, its generation and its neighbours, and when the writer and the app were away: nothing of
// other jobs. ExplanationText says it in words.

package import EventLog
package import Jobs

/// What became of the tick of a name that was due at an instant, and why.
package struct Inquiry {
    /// A tick that was due less than this after the instant is meant.
    private static let window = Timestamp.nanosecondsPerSecond
    private static let lapsesMax = 20

    let id: JobID
    let instant: Timestamp
    /// The first tick due then or later is meant, not only one due then.
    let isNext: Bool

    private var trail: JobTrail
    private var holder: GenerationLife?
    /// The generation that held the name at the instant.
    private(set) var alive: GenerationLife?
    /// The last one that had ended by then, and the first that began later.
    private(set) var before: GenerationLife?
    private(set) var after: GenerationLife?
    /// The tick that is meant.
    private var found: TickLife?
    /// It was due then, and moved.
    private(set) var moved: (event: Rescheduling, moment: Moment)?
    private(set) var zones: ZoneTables = [:]
    private(set) var downtimes: [Lapse] = []
    private(set) var absences: [Lapse] = []
    /// Since when the app is away; `nil` if it is there.
    private(set) var absentSince: Moment?
    private(set) var last: Moment?
    private(set) var isClosed = false

    package init(of id: JobID, at instant: Timestamp, isNext: Bool = false) {
        self.id = id
        self.instant = instant
        self.isNext = isNext
        trail = JobTrail(of: id)
    }

    /// The tick that is meant, as far as the log goes.
    var tick: TickLife? { found ?? holder?.last.flatMap { isMeant($0.due) ? $0 : nil } }

    /// The generation that the answer is about.
    var generation: GenerationLife? {
        let current = holder.flatMap { $0.isAlive(at: instant) ? $0 : nil }
        return current ?? alive
    }

    var successor: GenerationLife? {
        after ?? holder.flatMap { $0.begin.time > instant ? $0 : nil }
    }

    package mutating func add(_ record: Record) {
        let moment = Moment(sequence: record.sequence, time: record.time)
        defer {
            last = moment
            if case .closed = record.event { isClosed = true } else { isClosed = false }
        }
        watch(record, moment)
        guard trail.take(record) != nil else { return }
        switch record.event {
        case .created(let definition), .updated(let definition, _):
            leave(.replaced(moment), how: "was replaced", isReplaced: true, moment)
            holder = GenerationLife(number: record.sequence, definition: definition, begin: moment)
            if let due = definition.firstDue {
                holder?.last = TickLife(1, of: record.sequence, due: due, since: moment, .accepted)
            }
        case .deleted(let event): end(Wording.ended(event.reason), moment)
        case .deletedByPrefix(let event):
            end("was deleted by \(Wording.text(event.caller)), by a prefix of its name", moment)
        case .rescheduled(let event): reschedule(event, moment)
        case .triggered(let event): change(event.generation) { $0.add(event, at: moment) }
        case .acknowledged(let event): settle(event, moment)
        case .skipped(let event):
            move(to: event.next, .skipped(moment), moment)
        case .opened, .closed, .zoneRules, .receiverPresent, .receiverAbsent, .frontier,
            .clockMoved, .concurrencyLimited:
            break
        }
    }

    /// Notes writers, receivers and rules.
    private mutating func watch(_ record: Record, _ moment: Moment) {
        switch record.event {
        case .opened:
            if let last { note(Lapse(from: last, to: moment), \.downtimes) }
            if let absentSince, let last {
                note(Lapse(from: absentSince, to: last), \.absences)
            }
            absentSince = moment
        case .receiverPresent(let presence) where id.isRouted(to: presence.route):
            if let absentSince { note(Lapse(from: absentSince, to: moment), \.absences) }
            absentSince = nil
        case .receiverAbsent(let presence) where id.isRouted(to: presence.route):
            absentSince = moment
        case .zoneRules(let rules): zones[rules.zone] = try? rules.table()
        case .receiverPresent, .receiverAbsent, .closed, .created, .updated, .deleted,
            .deletedByPrefix, .rescheduled, .triggered, .acknowledged, .skipped, .frontier,
            .clockMoved, .concurrencyLimited:
            break
        }
    }

    /// Keeps the last spans that may have held the tick.
    private mutating func note(
        _ lapse: Lapse, _ lapses: WritableKeyPath<Inquiry, [Lapse]>
    ) {
        guard lapse.to.time > instant, lapse.length > 0 else { return }
        if self[keyPath: lapses].count == Self.lapsesMax {
            if found != nil { return }
            self[keyPath: lapses].removeFirst()
        }
        self[keyPath: lapses].append(lapse)
    }

    private func isMeant(_ due: Timestamp) -> Bool {
        due >= instant && (isNext || due.nanoseconds(since: instant) < Self.window)
    }

    /// Changes the tick that is in flight or waits, or the one that was found.
    private mutating func change(
        _ generation: SequenceNumber, _ change: (inout TickLife) -> Void
    ) {
        if holder?.number == generation, var tick = holder?.last {
            change(&tick)
            holder?.last = tick
        } else if var tick = found, tick.generation == generation {
            change(&tick)
            found = tick
        }
    }

    private mutating func settle(_ event: Acknowledgement, _ moment: Moment) {
        change(event.generation) { $0.add(event, at: moment) }
        guard let tick = holder?.last, holder?.number == event.generation,
            tick.deliveries.last?.trigger.sequence == event.trigger.sequence
                || tick.deliveryCount > tick.deliveries.count,
            event.outcome != .late, event.next?.tick != tick.number
        else { return }
        let end: TickLife.End =
            event.outcome == .succeeded ? .succeeded(event, moment) : .givenUp(event, moment)
        move(to: event.next, end, moment)
    }

    private mutating func move(
        to next: Acknowledgement.Next?, _ end: TickLife.End, _ moment: Moment
    ) {
        close(end)
        guard let generation = holder?.number, let next else { return }
        holder?.last = TickLife(
            next.tick, of: generation, due: next.at, since: moment, .predecessor)
    }

    private mutating func reschedule(_ event: Rescheduling, _ moment: Moment) {
        if isMeant(event.from), !isNext { moved = (event, moment) }
        guard holder?.number == event.generation else { return }
        holder?.last = event.to.map {
            TickLife(event.tick, of: event.generation, due: $0, since: moment, .rules)
        }
    }

    /// The tick that waited or was in flight is over.
    private mutating func close(_ end: TickLife.End) {
        guard holder?.last?.end == nil else { return }
        holder?.last?.end = end
        if let tick = holder?.last, found == nil, isMeant(tick.due) { found = tick }
    }

    private mutating func end(_ how: String, _ moment: Moment) {
        leave(.deleted(by: how, moment), how: how, isReplaced: false, moment)
        holder = nil
    }

    /// Its generation is over.
    private mutating func leave(
        _ end: TickLife.End, how: String, isReplaced: Bool, _ moment: Moment
    ) {
        close(end)
        guard var life = holder else { return }
        life.end = (how, isReplaced, moment)
        if life.isAlive(at: instant) {
            alive = life
        } else if moment.time <= instant {
            before = life
        } else if after == nil {
            after = life
        }
    }
}
