// Numbers of routes and lanes that two folds of the same log agree on: their places in the order of keys.

import EventLog
import Jobs

struct LaneOrder {
    /// Those that a live job, a trigger in flight, a receiver or a limit uses, in the order of keys.
    private(set) var routes: [Route] = []
    /// In the order of routes, then of the gates' keys; with the places of their routes.
    private(set) var lanes: [Lane] = []
    /// Of lanes by their numbers in the projection.
    private var places: [Int]

    init(of projection: JobProjection) {
        places = Array(repeating: 0, count: projection.lanes.count)
        let ended = projection.endedRowCounts
        var lanesOfRoutes: [RouteIndex: [LaneIndex]] = [:]
        for index in projection.lanesInUse {
            var lane = projection.lanes[Int(index.rawValue)]
            lane.rowCount -= ended[index] ?? 0
            if !lane.isIdle { lanesOfRoutes[lane.key.route, default: []].append(index) }
        }
        let used = projection.routesInUse.filter { index in
            let route = projection.routes[Int(index.rawValue)]
            return route.isPresent || route.isLimited || lanesOfRoutes[index] != nil
        }
        func key(_ route: RouteIndex) -> RouteKey { projection.routes[Int(route.rawValue)].key }
        func gate(_ lane: LaneIndex) -> String {
            projection.lanes[Int(lane.rawValue)].key.gate ?? ""
        }
        for index in used.sorted(by: { key($0) < key($1) }) {
            for lane in (lanesOfRoutes[index] ?? []).sorted(by: { gate($0) < gate($1) }) {
                places[Int(lane.rawValue)] = lanes.count
                let old = projection.lanes[Int(lane.rawValue)]
                var new = Lane(
                    key: LaneKey(route: RouteIndex(routes.count), gate: old.key.gate))
                new.inFlightCount = old.inFlightCount
                new.isLimited = old.isLimited
                lanes.append(new)
            }
            routes.append(projection.routes[Int(index.rawValue)])
        }
    }

    func place(of lane: LaneIndex) -> LaneIndex { LaneIndex(places[Int(lane.rawValue)]) }
}

extension JobProjection {
    /// The number of rows to be freed of each lane that has some.
    fileprivate var endedRowCounts: [LaneIndex: Int] {
        var counts: [LaneIndex: Int] = [:]
        for names in ended {
            names.forEach { _, generation in
                if let row = rows[generation] { counts[row.lane, default: 0] += 1 }
                return true
            }
        }
        return counts
    }

    /// Whether jobs, triggers in flight, receivers and processes are the same, as after a rebuild from the log.
    package func isSameState(as other: JobProjection) -> Bool {
        let (order, otherOrder) = (LaneOrder(of: self), LaneOrder(of: other))
        return head == other.head && names == other.names && boots == other.boots
            && isClosed == other.isClosed && zones == other.zones
            && zoneChanges == other.zoneChanges && clockMoves == other.clockMoves
            && order.isSame(as: otherOrder) && liveRows(order) == other.liveRows(otherOrder)
            && inFlight(order) == other.inFlight(otherOrder)
    }

    private func liveRows(_ order: LaneOrder) -> ChunkedTable<SequenceNumber, JobRow> {
        var live = ChunkedTable<SequenceNumber, JobRow>()
        rows.forEach { generation, row in
            guard isLive(generation, row) else { return true }
            var row = row
            row.lane = order.place(of: row.lane)
            return live.append(generation, row)
        }
        return live
    }

    private func inFlight(_ order: LaneOrder) -> ChunkedTable<TriggerID, InFlightTrigger> {
        var ordered = ChunkedTable<TriggerID, InFlightTrigger>()
        inFlight.forEach { trigger, entry in
            var entry = entry
            entry.lane = order.place(of: entry.lane)
            return ordered.append(trigger, entry)
        }
        return ordered
    }
}

extension LaneOrder {
    fileprivate func isSame(as other: LaneOrder) -> Bool {
        routes.count == other.routes.count && lanes.count == other.lanes.count
            && zip(routes, other.routes).allSatisfy {
                $0.key == $1.key && $0.isPresent == $1.isPresent && $0.isLimited == $1.isLimited
                    && $0.inFlightCount == $1.inFlightCount
            }
            && zip(lanes, other.lanes).allSatisfy {
                $0.key == $1.key && $0.isLimited == $1.isLimited
                    && $0.inFlightCount == $1.inFlightCount
            }
    }
}
