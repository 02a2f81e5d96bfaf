// Finds out why a job ran or did not run at an instant. Fed record by record, it keeps the tick that was due
// then, its generation and the neighbouring ones, and when the writer and the app were away. It keeps
// nothing of other jobs. Explaining puts the answer into words.

package import EventLog
package import Jobs

/// What happened to the tick of a name that was due at an instant, and why.
package struct Inquiry {
    /// A tick matches if it was due less than this after the instant.
    private static let window = Timestamp.nanosecondsPerSecond
    private static let outagesMax = 20

    let id: JobID
    let instant: Timestamp
    /// Whether the first tick due then or later matches, not only one due then.
    let isNext: Bool

    private var life: JobLife
    private var interruptions: Interruptions
    /// The generation that held the name at the instant.
    private(set) var alive: GenerationLife?
    /// The last generation that had ended by then, and the first that began later.
    private(set) var before: GenerationLife?
    private(set) var after: GenerationLife?
    /// The matching tick, once it is over.
    private var found: TickLife?
    /// Set if a tick was due then and was moved by new zone rules.
    private(set) var moved: (event: Rescheduling, moment: LogMoment)?
    private(set) var zones: ZoneTables = [:]
    private(set) var downtimes: [Outage] = []
    private(set) var absences: [Outage] = []

    package init(of id: JobID, at instant: Timestamp, isNext: Bool = false) {
        self.id = id
        self.instant = instant
        self.isNext = isNext
        life = JobLife(of: id)
        interruptions = Interruptions(of: id)
    }

    private var holder: GenerationLife? { life.holder }
    var absentSince: LogMoment? { interruptions.absentSince }
    var last: LogMoment? { interruptions.last }
    var isClosed: Bool { interruptions.isClosed }

    /// The matching tick, as far as the log goes.
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
        let moment = LogMoment(sequence: record.sequence, time: record.time)
        let outages = interruptions.add(record)
        if let downtime = outages.downtime { note(downtime, \.downtimes) }
        if let absence = outages.absence { note(absence, \.absences) }
        if case .zoneRules(let rules) = record.event { zones[rules.zone] = try? rules.table() }
        guard let change = life.add(record) else { return }
        if let tick = change.tick, found == nil, isMeant(tick.due) { found = tick }
        if let generation = change.left { leave(generation, moment) }
        if case .rescheduled(let event) = record.event, isMeant(event.from), !isNext {
            moved = (event, moment)
        }
        if case .acknowledged(let event) = record.event, change.generation != holder?.number,
            found?.generation == change.generation
        {
            found?.add(event, at: moment)
        }
    }

    /// Keeps the last outages that may have held the tick.
    private mutating func note(
        _ outage: Outage, _ outages: WritableKeyPath<Inquiry, [Outage]>
    ) {
        guard outage.to.time > instant, outage.length > .zero else { return }
        if self[keyPath: outages].count == Self.outagesMax {
            if found != nil { return }
            self[keyPath: outages].removeFirst()
        }
        self[keyPath: outages].append(outage)
    }

    private func isMeant(_ due: Timestamp) -> Bool {
        due >= instant && (isNext || due.nanoseconds(since: instant) < Self.window)
    }

    /// A generation of the name has ended.
    private mutating func leave(_ life: GenerationLife, _ moment: LogMoment) {
        if life.isAlive(at: instant) {
            alive = life
        } else if moment.time <= instant {
            before = life
        } else if after == nil {
            after = life
        }
    }
}
