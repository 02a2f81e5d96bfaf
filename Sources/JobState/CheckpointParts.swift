// The parts of a projection as read from a checkpoint. Each is checked against the earlier ones:
// names and rows match one to one, and so do rows in flight and triggers of live jobs; indexes are
// in range. So impossible contents are rejected and cannot become a projection that traps later.
// What can be computed from the parts, such as what is due next, is not in a checkpoint.

import EventLog
import Jobs

struct CheckpointParts {
    let head: SequenceNumber
    private let isClosed: Bool
    private var boots: [Boot] = []
    private var routes: [Route] = []
    private var lanes: [Lane] = []
    private var zones: ZoneTables = [:]
    private var zoneChanges: [String: ZoneChange] = [:]
    private var lastZone: String?
    private var clockMoves: [ClockMove] = []
    private var rows = ChunkedTable<SequenceNumber, JobRow>()
    /// Used until all names are read.
    private var identities = Identities()
    private var names = ChunkedTable<JobID, SequenceNumber>()
    private var inFlight = ChunkedTable<TriggerID, InFlightTrigger>()
    /// Rows in flight minus triggers of live jobs.
    private var unansweredRows = 0

    init(head: SequenceNumber, isClosed: Bool) {
        self.head = head
        self.isClosed = isClosed
    }

    mutating func add(_ boot: Boot, at place: Int) throws(CheckpointError) {
        guard boot.opened > boots.last?.opened ?? .zero, boot.opened <= head else {
            throw .damaged(at: place, reason: "no process opened the log at \(boot.opened)")
        }
        boots.append(boot)
    }

    mutating func add(_ route: Route, at place: Int) throws(CheckpointError) {
        guard routes.count < Int(Int32.max), routes.last.map({ $0.key < route.key }) ?? true
        else { throw .damaged(at: place, reason: "the route is not after the one before") }
        routes.append(route)
    }

    mutating func add(_ lane: Lane, at place: Int) throws(CheckpointError) {
        guard routes.indices.contains(Int(lane.key.route.rawValue)) else {
            throw .damaged(at: place, reason: "there is no route \(lane.key.route.rawValue)")
        }
        guard lanes.count < Int(Int32.max), lanes.last.map({ $0.key < lane.key }) ?? true
        else { throw .damaged(at: place, reason: "the lane is not after the one before") }
        lanes.append(lane)
    }

    mutating func add(
        _ zone: String, _ table: ZoneTable, _ change: ZoneChange?, at place: Int
    ) throws(CheckpointError) {
        guard lastZone.map({ $0 < zone }) ?? true else {
            throw .damaged(at: place, reason: "the zone is not after the one before")
        }
        guard change.map({ $0.sequence <= head }) ?? true else {
            throw .damaged(at: place, reason: "the zone's rules cannot have changed yet")
        }
        lastZone = zone
        zones[zone] = table
        zoneChanges[zone] = change
    }

    mutating func add(_ move: ClockMove, at place: Int) throws(CheckpointError) {
        guard move.sequence > clockMoves.last?.sequence ?? .zero, move.sequence <= head,
            clockMoves.count < TableLimits.clockMovesMax
        else {
            throw .damaged(at: place, reason: "the clock did not jump at \(move.sequence)")
        }
        clockMoves.append(move)
    }

    mutating func add(_ generation: SequenceNumber, _ row: JobRow, at place: Int)
        throws(CheckpointError)
    {
        guard generation > .zero, generation <= row.previous, row.previous <= head else {
            throw .damaged(
                at: place, reason: "no job has the events \(generation) to \(row.previous)")
        }
        guard lanes.indices.contains(Int(row.lane.rawValue)),
            row.id.isRouted(to: routes[Int(lanes[Int(row.lane.rawValue)].key.route.rawValue)].key)
        else {
            throw .damaged(at: place, reason: "\(generation) is not of lane \(row.lane.rawValue)")
        }
        // Every attempt has an event of its own.
        guard row.tick.attempt > 0, UInt64(row.tick.attempt) <= head.rawValue else {
            throw .damaged(
                at: place, reason: "\(generation) cannot be at attempt \(row.tick.attempt)")
        }
        if let zone = row.rule.schedule?.zone, zones[zone] == nil {
            throw .damaged(at: place, reason: "there are no rules of the zone \(zone)")
        }
        if case .inFlight = row.tick.phase { unansweredRows += 1 }
        identities.append(row.id, generation)
        guard rows.append(generation, row) else {
            throw .damaged(at: place, reason: "\(generation) is not after the row before")
        }
    }

    /// Adds the name of a row, once all rows are read. Names ascend, so no row can get two.
    mutating func addName(of generation: SequenceNumber, at place: Int) throws(CheckpointError) {
        guard let id = identities.id(of: generation) else {
            throw .damaged(at: place, reason: "\(generation) is no live job")
        }
        guard names.append(id, generation) else {
            throw .damaged(
                at: place, reason: "the name of \(generation) is not after the one before")
        }
        if names.count == rows.count { identities = Identities() }
    }

    mutating func add(_ trigger: TriggerID, _ entry: InFlightTrigger, at place: Int)
        throws(CheckpointError)
    {
        guard trigger.sequence <= head, lanes.indices.contains(Int(entry.lane.rawValue)) else {
            throw .damaged(
                at: place, reason: "trigger \(trigger.sequence) cannot be in flight")
        }
        if let end = entry.endedBy {
            guard end > trigger.sequence, end <= head, rows[entry.generation] == nil else {
                throw .damaged(
                    at: place, reason: "\(end) did not end the job of trigger \(trigger.sequence)")
            }
        } else {
            guard let row = rows[entry.generation], row.lane == entry.lane,
                row.tick.phase == .inFlight(trigger)
            else {
                throw .damaged(
                    at: place,
                    reason: "\(entry.generation) does not wait for trigger \(trigger.sequence)")
            }
            unansweredRows -= 1
        }
        guard inFlight.append(trigger, entry) else {
            throw .damaged(
                at: place, reason: "trigger \(trigger.sequence) is not after the one before")
        }
    }

    /// The projection of all parts; `place` is where they end.
    consuming func projection(at place: Int) throws(CheckpointError) -> JobProjection {
        guard boots.isEmpty == (head == .zero), !isClosed || !boots.isEmpty else {
            throw .damaged(at: place, reason: "the processes do not fit the head \(head)")
        }
        guard unansweredRows == 0 else {
            throw .damaged(
                at: place, reason: "\(unansweredRows) jobs in flight have no trigger there")
        }
        let projection = JobProjection(
            head: head, boots: boots, isClosed: isClosed, routes: routes, lanes: lanes,
            zones: zones, zoneChanges: zoneChanges, clockMoves: clockMoves, names: names,
            rows: rows, inFlight: inFlight)
        guard !projection.laneTable.hasIdle else {
            throw .damaged(at: place, reason: "there is a route or lane that nothing uses")
        }
        return projection
    }
}

/// The names of rows by generation, looked up in the order of names, which differs from the order
/// of generations. A million binary searches among rows, with their cache misses, would take as
/// long as everything else together.
private struct Identities {
    private var generations: [SequenceNumber] = []
    private var ids: [JobID] = []
    /// Generations are divided into ranges of equal width, about as many as there are rows; this is
    /// the place of the first row of each. Built at the first look-up.
    private var starts: [Int] = []
    private var shift: UInt64 = 0

    /// `generation` must be after all others.
    mutating func append(_ id: JobID, _ generation: SequenceNumber) {
        generations.append(generation)
        ids.append(id)
    }

    /// Nothing may be added after the first call.
    mutating func id(of generation: SequenceNumber) -> JobID? {
        guard let first = generations.first, let last = generations.last, first <= generation,
            generation <= last
        else { return nil }
        if starts.isEmpty { makeStarts(first.rawValue, last.rawValue) }
        let stretch = Int((generation.rawValue - first.rawValue) >> shift)
        var low = starts[stretch]
        var high = starts[stretch + 1]
        while low < high {
            let middle = (low + high) / 2
            if generations[middle] < generation { low = middle + 1 } else { high = middle }
        }
        return low < generations.count && generations[low] == generation ? ids[low] : nil
    }

    private mutating func makeStarts(_ first: UInt64, _ last: UInt64) {
        while (last - first) >> shift >= UInt64(generations.count) { shift += 1 }
        starts.reserveCapacity(generations.count + 2)
        for (place, generation) in generations.enumerated() {
            let stretch = Int((generation.rawValue - first) >> shift)
            while starts.count <= stretch { starts.append(place) }
        }
        starts.append(generations.count)
    }
}
