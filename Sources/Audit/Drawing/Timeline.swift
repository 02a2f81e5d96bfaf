// Collects what happened to a name over time, record by record, for a picture. It keeps a limited number of
// ticks and spans and only counts further ones. TimelineDrawing draws it.

package import EventLog
package import Jobs

package struct Timeline {
    /// Maximum number of ticks drawn; the picture ends with the last of them.
    package static let ticksMax = 1_000
    private static let spansMax = 1_000

    let id: JobID
    /// The record it begins with; `nil` means the first event of the name.
    private let start: SequenceNumber?
    private let limit: Int

    private var life: JobLife
    private var interruptions: Interruptions
    private var zones: ZoneTables = [:]
    private(set) var begin: LogMoment?
    /// The end of the last drawn tick; set once there are more ticks than can be drawn.
    private var cut: LogMoment?
    /// Ticks that are over, in the order of their ends.
    private var ended: [TickLife] = []
    /// Due times of ticks that waited for the tick before them until their job ended.
    private var unreached: [Timestamp] = []
    /// When late answers came.
    private(set) var lateAnswers: [LogMoment] = []
    private var holders: [Span] = []
    private var downtimes: [Outage] = []
    private var absences: [Outage] = []
    private(set) var skippedCount: UInt64 = 0
    private var endedCount = 0

    /// A generation that held the name, and how it ended; `nil` if it still holds it.
    struct Span {
        let life: GenerationLife
        var ending: (kind: Ending, moment: LogMoment)?
    }

    enum Ending {
        case replaced, deleted
        /// Ended by itself: completed, expired or given up.
        case finished
    }

    package init(
        of id: JobID, from start: SequenceNumber? = nil, ticksMax: Int = Timeline.ticksMax
    ) {
        self.id = id
        self.start = start
        limit = ticksMax
        life = JobLife(of: id)
        interruptions = Interruptions(of: id)
    }

    package mutating func add(_ record: Record) {
        let moment = LogMoment(sequence: record.sequence, time: record.time)
        if let start, record.sequence >= start, begin == nil { begin = moment }
        let outages = interruptions.add(record)
        if let downtime = outages.downtime { note(downtime, \.downtimes) }
        if let absence = outages.absence { note(absence, \.absences) }
        if case .zoneRules(let rules) = record.event { zones[rules.zone] = try? rules.table() }
        guard let change = life.add(record) else { return }
        if start == nil, begin == nil { begin = moment }
        if let left = change.left { leave(left, by: record) }
        if let tick = change.tick { end(tick) }
        guard isDrawn else { return }
        if case .acknowledged(let event) = record.event {
            if event.outcome == .late, lateAnswers.count < Self.spansMax {
                lateAnswers.append(moment)
            }
            if change.generation != life.holder?.number { answer(event, moment) }
        }
        if case .skipped(let event) = record.event {
            skippedCount &+= event.lastTick &- event.firstTick &+ 1
        }
    }

    /// Whether current records are part of the picture.
    private var isDrawn: Bool { begin != nil && cut == nil }

    private mutating func note(_ outage: Outage, _ outages: WritableKeyPath<Timeline, [Outage]>) {
        guard isDrawn, outage.length > .zero, self[keyPath: outages].count < Self.spansMax else {
            return
        }
        self[keyPath: outages].append(outage)
    }

    private mutating func end(_ tick: TickLife) {
        guard begin != nil else { return }
        endedCount += 1
        guard cut == nil else { return }
        if ended.count == limit { cut = ended.last?.end?.moment } else { ended.append(tick) }
    }

    /// An answer to a generation that is over.
    private mutating func answer(_ event: Acknowledgement, _ moment: LogMoment) {
        for place in ended.indices where ended[place].generation == event.generation {
            ended[place].add(event, at: moment)
        }
    }

    private mutating func leave(_ generation: GenerationLife, by record: Record) {
        guard isDrawn, holders.count < Self.spansMax, let end = generation.end else { return }
        let kind = Timeline.ending(by: record.event)
        holders.append(Span(life: generation, ending: (kind, end.moment)))
        if kind != .finished {
            unreached += following(generation, until: end.moment.time, max: limit - unreached.count)
        }
    }

    private static func ending(by event: Event) -> Ending {
        if case .deletedByPrefix = event { return .deleted }
        guard case .deleted(let deletion) = event else { return .replaced }
        return if case .requested = deletion.reason { .deleted } else { .finished }
    }

    /// Due times after the last tick of `generation`, up to `end`.
    private func following(
        _ generation: GenerationLife, until end: Timestamp, max: Int
    ) -> [Timestamp] {
        guard let tick = generation.last, let rule = try? generation.definition.tickRule() else {
            return []
        }
        var (number, due) = (tick.number, tick.due)
        var found: [Timestamp] = []
        while found.count < max,
            case .due(let next) = rule.following(
                tick: number, due: due, in: zones), next <= end
        {
            found.append(next)
            (number, due) = (number &+ 1, next)
        }
        return found
    }
}

// What is drawn, according to the records so far.
extension Timeline {
    /// Number of ticks that are over or due, drawn or not.
    package var tickCount: Int { max(endedCount, drawnCount) }
    package var drawnCount: Int { ticks.count }
    /// Whether there is nothing to draw.
    package var isEmpty: Bool { spans.isEmpty && ticks.isEmpty }

    /// Where the picture ends.
    var end: LogMoment? { cut ?? interruptions.last }

    /// The tick that the job waits for or that is in flight.
    private var waiting: TickLife? { life.holder?.last.flatMap { $0.end == nil ? $0 : nil } }

    /// The due time of the next tick, if that is after the end.
    var next: Timestamp? {
        guard cut == nil, let end, let waiting, waiting.due > end.time else { return nil }
        return waiting.due
    }

    var ticks: [TickLife] {
        guard isDrawn, let waiting, next == nil else { return ended }
        return ended + [waiting]
    }

    var spans: [Span] {
        guard isDrawn || cut != nil, let holder = life.holder, let end,
            holder.begin.sequence <= end.sequence, holders.count < Self.spansMax
        else { return holders }
        return holders + [Span(life: holder, ending: nil)]
    }

    /// Due times of ticks that waited for the tick before them.
    var behind: [Timestamp] {
        guard cut == nil, let holder = life.holder, let end, begin != nil else { return unreached }
        return unreached + following(holder, until: end.time, max: limit - unreached.count)
    }

    func outages() -> (downtimes: [Outage], absences: [Outage]) {
        guard let end, let since = interruptions.absentSince, since.sequence <= end.sequence else {
            return (downtimes, absences)
        }
        return (downtimes, absences + [Outage(from: since, to: end, isOpen: true)])
    }
}
