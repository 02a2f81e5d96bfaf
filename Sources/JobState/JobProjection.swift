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
    package private(set) var routes: [Route] = []
    package private(set) var lanes: [Lane] = []
    /// The rules of every time zone in the log, as last recorded.
    package private(set) var zones: ZoneTables = [:]
    /// The last change of every zone whose rules have changed.
    package private(set) var zoneChanges: [String: ZoneChange] = [:]
    /// The last jumps of the clock, oldest first.
    package internal(set) var clockMoves: [ClockMove] = []
    /// The processes that were the writer, oldest first.
    package internal(set) var boots: [Boot] = []
    package internal(set) var isClosed = false

    private var routeIndexes: [RouteKey: RouteIndex] = [:]
    private var laneIndexes: [LaneKey: LaneIndex] = [:]
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
        self.routes = routes
        self.lanes = lanes
        self.zones = zones
        self.zoneChanges = zoneChanges
        self.clockMoves = clockMoves
        self.names = names
        self.rows = rows
        self.inFlight = inFlight
        for index in routes.indices {
            routeIndexes[routes[index].key] = RouteIndex(index)
            self.routes[index].lanes = []
            self.routes[index].inFlightCount = 0
        }
        for index in lanes.indices {
            let key = lanes[index].key
            laneIndexes[key] = LaneIndex(index)
            self.routes[Int(key.route.rawValue)].lanes.append(LaneIndex(index))
            self.lanes[index].inFlightCount = 0
        }
        inFlight.forEach { _, entry in
            countInFlight(entry, by: 1)
            return true
        }
        rows.forEach { _, row in
            phasesOfRows.replace(nil, by: row.tick.phase)
            return true
        }
    }

    package func routeIndex(of key: RouteKey) -> RouteIndex? { routeIndexes[key] }

    package func laneIndex(of route: RouteIndex, gate: String?) -> LaneIndex? {
        laneIndexes[LaneKey(route: route, gate: gate)]
    }

    package func route(of lane: LaneIndex) -> RouteIndex { lanes[Int(lane.rawValue)].key.route }

    /// Whether jobs, triggers in flight and processes are the same, as after a rebuild from the
    /// log.
    package func isSameState(as other: JobProjection) -> Bool {
        head == other.head && names == other.names && freed.rows == other.freed.rows
            && inFlight == other.inFlight && boots == other.boots && routes == other.routes
            && lanes == other.lanes && isClosed == other.isClosed && zones == other.zones
            && zoneChanges == other.zoneChanges && clockMoves == other.clockMoves
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
        if let old { follow(generation, old.lane, from: old.tick, to: nil) }
        if let row { follow(generation, row.lane, from: nil, to: row.tick) }
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
        if let old { countInFlight(old, by: -1) }
        if let entry { countInFlight(entry, by: 1) }
        return old
    }

    private mutating func countInFlight(_ entry: InFlightTrigger, by difference: Int) {
        let route = route(of: entry.lane)
        lanes[Int(entry.lane.rawValue)].inFlightCount += difference
        routes[Int(route.rawValue)].inFlightCount += difference
    }

    mutating func setPresent(_ route: RouteIndex, _ isPresent: Bool) {
        journal?.changes.append(.present(route, routes[Int(route.rawValue)].isPresent))
        routes[Int(route.rawValue)].isPresent = isPresent
    }

    mutating func setZone(_ zone: String, _ rules: ZoneTable?, _ change: ZoneChange?) {
        journal?.changes.append(.zone(zone, zones[zone], zoneChanges[zone]))
        zones[zone] = rules
        zoneChanges[zone] = change
    }

    /// The index of a route: its place in the order of first appearance in the log.
    mutating func register(_ key: RouteKey) -> RouteIndex {
        if let index = routeIndexes[key] { return index }
        let index = RouteIndex(routes.count)
        routes.append(Route(key: key))
        routeIndexes[key] = index
        journal?.waits.append(.route)
        journal?.changes.append(.route(key))
        return index
    }

    /// The index of a lane: its place in the order of first appearance in the log.
    mutating func register(_ key: RouteKey, gate: String?) -> LaneIndex {
        let key = LaneKey(route: register(key), gate: gate)
        if let index = laneIndexes[key] { return index }
        let index = LaneIndex(lanes.count)
        lanes.append(Lane(key: key))
        laneIndexes[key] = index
        routes[Int(key.route.rawValue)].lanes.append(index)
        journal?.waits.append(.lane(of: key.route))
        journal?.changes.append(.lane(key))
        return index
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
            case present(RouteIndex, Bool)
            case route(RouteKey)
            case lane(LaneKey)
            case zone(String, ZoneTable?, ZoneChange?)
        }

        let head: SequenceNumber
        let boots: [Boot]
        let clockMoves: [ClockMove]
        let isClosed: Bool
        let ended: [ChunkedTable<JobID, SequenceNumber>]
        var changes: [Change] = []
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
        journal = Journal(of: self)
    }

    package mutating func endJournal() -> Journal {
        defer { journal = nil }
        return journal ?? Journal(of: self)
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
            case .present(let route, let old): setPresent(route, old)
            case .route(let key):
                routeIndexes[key] = nil
                routes.removeLast()
            case .lane(let key):
                laneIndexes[key] = nil
                lanes.removeLast()
                routes[Int(key.route.rawValue)].lanes.removeLast()
            case .zone(let zone, let old, let change): setZone(zone, old, change)
            }
        }
        head = journal.head
        boots = journal.boots
        clockMoves = journal.clockMoves
        isClosed = journal.isClosed
        ended = journal.ended
    }
}
