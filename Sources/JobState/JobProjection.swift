// All live jobs, folded from events. It exists only in memory and is rebuilt from the log on boot,
// by the same fold that runs in the server and in simulation.

package import EventLog
package import Jobs

package struct JobProjection: Sendable {
    /// The last record applied.
    package internal(set) var head = SequenceNumber.zero
    /// The live generation of each name.
    package internal(set) var names = ChunkedTable<JobID, SequenceNumber>()
    /// The rows of these, and of jobs that were deleted by prefix and are not freed yet.
    package private(set) var rows = ChunkedTable<SequenceNumber, JobRow>()
    package private(set) var inFlight = ChunkedTable<TriggerID, InFlightTrigger>()
    /// The former names of jobs that were deleted by prefix, whose rows are to be freed.
    var ended: [ChunkedTable<JobID, SequenceNumber>] = []
    /// Of all rows.
    private(set) var phasesOfRows = PhaseCounts()
    var laneTable = LaneTable()
    /// The rules of every time zone in the log, as last recorded.
    package private(set) var zones: ZoneTables = [:]
    /// The last change of every zone whose rules have changed.
    package private(set) var zoneChanges: [String: ZoneChange] = [:]
    /// The last jumps of the clock, oldest first.
    package internal(set) var clockMoves: [ClockMove] = []
    /// The processes that were the writer, oldest first.
    package internal(set) var boots: [Boot] = []
    package internal(set) var isClosed = false

    /// Parsed schedules, shared by equal texts. A cache, not state: it is emptied when full.
    private var schedules: [String: Schedule] = [:]
    var journal: Journal?

    package init() {}

    /// A projection from consistent parts; everything derived is computed here, so that it cannot
    /// contradict them.
    init(
        head: SequenceNumber, boots: [Boot], isClosed: Bool, routes: [Route], lanes: [Lane],
        zones: ZoneTables, zoneChanges: [String: ZoneChange], clockMoves: [ClockMove],
        names: ChunkedTable<JobID, SequenceNumber>,
        rows: ChunkedTable<SequenceNumber, JobRow>,
        inFlight: ChunkedTable<TriggerID, InFlightTrigger>
    ) {
        self.head = head
        self.boots = boots
        self.isClosed = isClosed
        self.zones = zones
        self.zoneChanges = zoneChanges
        self.clockMoves = clockMoves
        self.names = names
        self.rows = rows
        self.inFlight = inFlight
        for route in routes {
            let index = register(route.key)
            if route.isPresent { laneTable.setPresent(index, true) }
            if route.isLimited { laneTable.setLimited(index, true) }
        }
        for lane in lanes {
            let index = register(routes[Int(lane.key.route.rawValue)].key, gate: lane.key.gate)
            if lane.isLimited { laneTable.setLimited(index, true) }
        }
        inFlight.forEach { _, entry in
            laneTable.countInFlight(of: entry.lane, by: 1)
            return true
        }
        rows.forEach { _, row in
            laneTable.countRows(of: row.lane, by: 1)
            phasesOfRows.replace(nil, by: row.tick.phase)
            return true
        }
    }

}

// The primitive changes: all changes of state use these, so that every change can be undone.
extension JobProjection {
    /// Each returns the previous value.
    @discardableResult
    mutating func setName(_ id: JobID, _ generation: SequenceNumber?) -> SequenceNumber? {
        let old = if let generation { names.set(id, to: generation) } else { names.remove(id) }
        journal?.changes.append(.name(id, old))
        return old
    }

    @discardableResult
    mutating func setRow(_ generation: SequenceNumber, _ row: JobRow?) -> JobRow? {
        let old = if let row { rows.set(generation, to: row) } else { rows.remove(generation) }
        journal?.changes.append(.row(generation, old))
        if let old {
            follow(generation, old.lane, from: old.tick, to: nil)
            laneTable.countRows(of: old.lane, by: -1)
        }
        if let row {
            follow(generation, row.lane, from: nil, to: row.tick)
            laneTable.countRows(of: row.lane, by: 1)
        }
        return old
    }

    /// Changes a row in place. Returns its lane, or `nil` without any effect if there is no such
    /// row. Changes that `change` made before it threw stay and cannot be undone.
    mutating func updateRow<Failure: Error>(
        _ generation: SequenceNumber, _ change: (inout JobRow) throws(Failure) -> Void
    ) throws(Failure) -> LaneIndex? {
        var old: JobRow?
        let isUndoable = journal != nil
        let changed = try rows.update(generation) { row throws(Failure) in
            if isUndoable { old = row }
            let before = row.tick
            try change(&row)
            return (lane: row.lane, before: before, after: row.tick)
        }
        guard let changed else { return nil }
        journal?.changes.append(.row(generation, old))
        follow(generation, changed.lane, from: changed.before, to: changed.after)
        return changed.lane
    }

    /// Updates the counts, and records which waits changed, for a `DueIndex`.
    private mutating func follow(
        _ generation: SequenceNumber, _ lane: LaneIndex, from old: Tick?, to new: Tick?
    ) {
        phasesOfRows.replace(old?.phase, by: new?.phase)
        guard journal != nil else { return }
        let before = old.flatMap { Wait(generation, $0) }
        let after = new.flatMap { Wait(generation, $0) }
        if before != after { journal?.waits.append(.wait(lane, from: before, to: after)) }
    }

    @discardableResult
    mutating func setInFlight(_ trigger: TriggerID, _ entry: InFlightTrigger?) -> InFlightTrigger? {
        let old =
            if let entry { inFlight.set(trigger, to: entry) } else { inFlight.remove(trigger) }
        journal?.changes.append(.inFlight(trigger, old))
        if let old { laneTable.countInFlight(of: old.lane, by: -1) }
        if let entry { laneTable.countInFlight(of: entry.lane, by: 1) }
        return old
    }

    mutating func setZone(_ zone: String, _ rules: ZoneTable?, _ change: ZoneChange?) {
        journal?.changes.append(.zone(zone, zones[zone], zoneChanges[zone]))
        zones[zone] = rules
        zoneChanges[zone] = change
    }

    mutating func register(_ key: RouteKey) -> RouteIndex {
        let (route, added) = laneTable.register(key)
        journal?.waits += added
        return route
    }

    mutating func register(_ key: RouteKey, gate: String?) -> LaneIndex {
        let (lane, added) = laneTable.register(key, gate: gate)
        journal?.waits += added
        return lane
    }

    mutating func schedule(_ text: String) throws(InvalidField) -> Schedule {
        if let schedule = schedules[text] { return schedule }
        let schedule = try Schedule.parse(text)
        if schedules.count >= JobProjection.schedulesMax { schedules.removeAll() }
        schedules[text] = schedule
        return schedule
    }

    private static let schedulesMax = 4_096
}

// Undoing a turn that could not be stored.
extension JobProjection {
    /// How to undo what was applied since `startJournal`.
    package struct Journal: Sendable {
        enum Change: Sendable {
            case name(JobID, SequenceNumber?)
            case namesEnded(ChunkedTable<JobID, SequenceNumber>)
            case row(SequenceNumber, JobRow?)
            case inFlight(TriggerID, InFlightTrigger?)
            case zone(String, ZoneTable?, ZoneChange?)
        }

        let head: SequenceNumber
        let boots: [Boot]
        let clockMoves: [ClockMove]
        let isClosed: Bool
        let ended: [ChunkedTable<JobID, SequenceNumber>]
        var changes: [Change] = []
        /// Set when it ends.
        fileprivate(set) var lanes: [LaneTable.Change] = []
        /// The changes a `DueIndex` is to follow, oldest first.
        package fileprivate(set) var waits: [WaitChange] = []

        init(of projection: JobProjection) {
            head = projection.head
            boots = projection.boots
            clockMoves = projection.clockMoves
            isClosed = projection.isClosed
            ended = projection.ended
        }
    }

    /// The changes since `startJournal` that a `DueIndex` is to follow, oldest first.
    package var waits: [WaitChange] { journal?.waits ?? [] }

    /// Records changes from now on, until `endJournal`.
    package mutating func startJournal() {
        laneTable.startTurn()
        journal = Journal(of: self)
    }

    package mutating func endJournal() -> Journal {
        defer { journal = nil }
        var ended = journal ?? Journal(of: self)
        ended.lanes = laneTable.endTurn()
        return ended
    }

    /// Undoes everything in `journal`, newest first.
    package mutating func undo(_ journal: Journal) {
        self.journal = nil
        for change in journal.changes.reversed() {
            switch change {
            case .name(let id, let old): setName(id, old)
            case .namesEnded(let part): names.paste(part)
            case .row(let generation, let old): setRow(generation, old)
            case .inFlight(let trigger, let old): setInFlight(trigger, old)
            case .zone(let zone, let old, let change): setZone(zone, old, change)
            }
        }
        laneTable.undo(journal.lanes)
        head = journal.head
        boots = journal.boots
        clockMoves = journal.clockMoves
        isClosed = journal.isClosed
        ended = journal.ended
    }
}
