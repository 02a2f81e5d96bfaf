// Which waiting job is due next: what a decider keeps beside the projection, whose changes it follows.
// It stands in this module because lookups in tables are fast only where the tables' types are known.
// Each lane has its own ordered set of waiting jobs; in each route
// the lanes with room are ordered by their earliest job, and so are the routes that can take a
// trigger now. A route without a receiver is simply not in that order: a million parked jobs cost
// nothing, and they are all there in the order of their due times when a receiver comes.

package import EventLog

package struct DueIndex: Sendable {
    /// A lane or a route by its earliest job. No job is in two of them.
    private struct Listed<Index: Comparable & Sendable>: Comparable, Sendable {
        let earliest: Wait
        let index: Index

        static func < (left: Listed, right: Listed) -> Bool { left.earliest < right.earliest }
    }

    private struct Lane: Sendable {
        let route: RouteIndex
        var waiting = ChunkedTable<Wait, Mark>()
        var isOpen = true
        /// As it stands in its route's order, if it does.
        var listed: Listed<LaneIndex>?

        /// How it is listed now, and was before; `nil` if that is the same.
        mutating func relist(_ index: LaneIndex) -> Relisting<LaneIndex>? {
            let earliest = isOpen ? waiting.firstKey : nil
            guard earliest != listed?.earliest else { return nil }
            let old = listed
            listed = earliest.map { Listed(earliest: $0, index: index) }
            return Relisting(old: old, new: listed)
        }
    }

    private struct Route: Sendable {
        /// Open lanes with a waiting job.
        var order = ChunkedTable<Listed<LaneIndex>, Mark>()
        var isOpen = false
        /// As it stands in the order of routes, if it does.
        var listed: Listed<RouteIndex>?

        /// Likewise.
        mutating func relist(_ index: RouteIndex) -> Relisting<RouteIndex>? {
            let earliest = isOpen ? order.firstKey?.earliest : nil
            guard earliest != listed?.earliest else { return nil }
            let old = listed
            listed = earliest.map { Listed(earliest: $0, index: index) }
            return Relisting(old: old, new: listed)
        }
    }

    /// A change of an order of lanes or routes.
    private struct Relisting<Index: Comparable & Sendable> {
        let old: Listed<Index>?
        let new: Listed<Index>?

        func apply(to order: inout ChunkedTable<Listed<Index>, Mark>) {
            if let old { order.remove(old) }
            if let new { order.set(new, to: Mark()) }
        }
    }

    private struct Mark: Equatable, Sendable {}

    private var lanes: [Lane] = []
    private var routes: [Route] = []
    /// Open routes with an open lane in which a job waits.
    private var order = ChunkedTable<Listed<RouteIndex>, Mark>()

    /// All jobs of `projection` that wait; its lanes are open and its routes closed.
    package init(of projection: JobProjection) {
        let routesOfLanes = projection.lanes.map(\.key.route)
        var waiting = routesOfLanes.map { _ in [Wait]() }
        projection.rows.forEach { generation, row in
            if let entry = Wait(generation, row.tick) {
                waiting[Int(row.lane.rawValue)].append(entry)
            }
            return true
        }
        routes = Array(repeating: Route(), count: projection.routes.count)
        lanes.reserveCapacity(waiting.count)
        for index in waiting.indices {
            waiting[index].sort()
            var lane = Lane(route: routesOfLanes[index])
            for entry in waiting[index] { _ = lane.waiting.append(entry, Mark()) }
            lanes.append(lane)
            list(LaneIndex(index))
        }
    }

    /// The job due first among the open lanes of the open routes.
    package var first: (wait: Wait, lane: LaneIndex)? {
        guard let route = order.first?.key.index,
            let lane = routes[Int(route.rawValue)].order.first?.key
        else { return nil }
        return (lane.earliest, lane.index)
    }

    /// How many jobs of `lane` wait, due or not.
    package func waitingCount(_ lane: LaneIndex) -> Int {
        lanes[Int(lane.rawValue)].waiting.count
    }

    /// How many jobs of `lane` are due at `now` or before: what waits longest stands in whole chunks,
    /// so a million of them are counted in steps of a hundred.
    package func dueCount(_ lane: LaneIndex, at now: Timestamp) -> Int {
        let end = Wait(due: now.clampedAdding(nanoseconds: 1), generation: .zero)
        return lanes[Int(lane.rawValue)].waiting.count(before: end)
    }

    /// When the first job of `lane` is due, whether or not anybody is there to take it.
    package func earliest(_ lane: LaneIndex) -> Timestamp? {
        lanes[Int(lane.rawValue)].waiting.first?.key.due
    }

    package func isOpen(_ route: RouteIndex) -> Bool { routes[Int(route.rawValue)].isOpen }

    /// Follows what changed in the projection since `position` in `changes`, which moves to their end.
    package mutating func follow(_ changes: [WaitChange], from position: inout Int) {
        for change in changes[position...] {
            switch change {
            case .wait(let lane, let old, let new): replace(old, by: new, lane: lane)
            case .route: routes.append(Route())
            case .lane(let route): lanes.append(Lane(route: route))
            }
        }
        position = changes.count
    }

    /// Takes back what it followed. Routes and lanes that stay are as open as they were.
    package mutating func undo(_ changes: [WaitChange]) {
        for change in changes.reversed() {
            switch change {
            case .wait(let lane, let old, let new): replace(new, by: old, lane: lane)
            case .route: removeLastRoute()
            case .lane: removeLastLane()
            }
        }
    }

    /// Its lanes must be gone.
    private mutating func removeLastRoute() {
        if let listed = routes.removeLast().listed { order.remove(listed) }
    }

    private mutating func removeLastLane() {
        let lane = lanes.removeLast()
        guard let listed = lane.listed else { return }
        routes[Int(lane.route.rawValue)].order.remove(listed)
        list(lane.route)
    }

    /// Takes a job's wait out, and another one in.
    private mutating func replace(_ old: Wait?, by new: Wait?, lane: LaneIndex) {
        if let old { lanes[Int(lane.rawValue)].waiting.remove(old) }
        if let new { lanes[Int(lane.rawValue)].waiting.set(new, to: Mark()) }
        list(lane)
    }

    /// Says whether `route` can take a trigger now.
    package mutating func setOpen(_ route: RouteIndex, _ isOpen: Bool) {
        guard routes[Int(route.rawValue)].isOpen != isOpen else { return }
        routes[Int(route.rawValue)].isOpen = isOpen
        list(route)
    }

    /// Says whether the gate of `lane` lets a trigger pass.
    package mutating func setOpen(_ lane: LaneIndex, _ isOpen: Bool) {
        guard lanes[Int(lane.rawValue)].isOpen != isOpen else { return }
        lanes[Int(lane.rawValue)].isOpen = isOpen
        list(lane)
    }

    private mutating func list(_ lane: LaneIndex) {
        let index = Int(lane.rawValue)
        guard let change = lanes[index].relist(lane) else { return }
        let route = lanes[index].route
        change.apply(to: &routes[Int(route.rawValue)].order)
        list(route)
    }

    private mutating func list(_ route: RouteIndex) {
        routes[Int(route.rawValue)].relist(route)?.apply(to: &order)
    }
}
