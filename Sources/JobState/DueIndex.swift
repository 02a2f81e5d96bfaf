// Which waiting job is due next. A decider keeps this index beside the projection and follows its
// changes. It is in this module because table lookups are fast only where the tables' types are
// known. Each lane has its own ordered set of waiting jobs; in each route the open lanes are
// ordered by their earliest job, and so are the routes that can take a trigger now. A route without
// a receiver is not in that order: a million parked jobs cost nothing, and they are already ordered
// by due time when a receiver appears. Jobs that must not be sent yet, although their route is open,
// are set aside.

package import EventLog

package struct DueIndex: Sendable {
    /// A lane or a route, ordered by its earliest job. A job belongs to one only, so there are no
    /// ties.
    private struct Listed<Index: Comparable & Sendable>: Comparable, Sendable {
        let earliest: Wait
        let index: Index

        static func < (left: Listed, right: Listed) -> Bool { left.earliest < right.earliest }
    }

    private struct Lane: Sendable {
        let route: RouteIndex
        var waiting = ChunkedTable<Wait, Mark>()
        /// Waiting jobs that were set aside.
        var aside = ChunkedTable<Wait, Mark>()
        var isOpen = true
        /// Its entry in its route's order, if it has one.
        var listed: Listed<LaneIndex>?

        /// The new and the previous entry; `nil` if they are the same.
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
        /// Lanes with jobs that were set aside.
        var lanesAside: Set<LaneIndex> = []
        /// Its entry in the order of routes, if it has one.
        var listed: Listed<RouteIndex>?

        /// The new and the previous entry; `nil` if they are the same.
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
    /// Open routes that have an open lane with a waiting job.
    private var order = ChunkedTable<Listed<RouteIndex>, Mark>()
    /// Routes with jobs that were set aside.
    private var routesAside: Set<RouteIndex> = []

    /// Indexes all waiting jobs of `projection`; at first its lanes are open and its routes closed.
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

    /// How many jobs of `lane` are waiting, due or not.
    package func waitingCount(_ lane: LaneIndex) -> Int {
        lanes[Int(lane.rawValue)].waiting.count + lanes[Int(lane.rawValue)].aside.count
    }

    /// How many jobs of `lane` are due at `now` or before. Due jobs fill whole chunks, so a million
    /// of them are counted in steps of about a hundred.
    package func dueCount(_ lane: LaneIndex, at now: Timestamp) -> Int {
        let end = Wait(due: now.clampedAdding(nanoseconds: 1), generation: .zero)
        let aside = lanes[Int(lane.rawValue)].aside.count(before: end)
        return lanes[Int(lane.rawValue)].waiting.count(before: end) + aside
    }

    /// When the first job of `lane` is due, whether or not there is a receiver.
    package func earliest(_ lane: LaneIndex) -> Timestamp? {
        let waiting = lanes[Int(lane.rawValue)].waiting.firstKey
        return [waiting, lanes[Int(lane.rawValue)].aside.firstKey].compactMap(\.self).min()?.due
    }

    package func isOpen(_ route: RouteIndex) -> Bool { routes[Int(route.rawValue)].isOpen }

    /// Applies the projection's changes from `position` in `changes` on, and moves `position` to
    /// their end.
    package mutating func follow(_ changes: [WaitChange], from position: inout Int) {
        for change in changes[position...] {
            switch change {
            case .wait(let lane, let old, let new): replace(old, by: new, lane: lane)
            case .route(let index): routes.place(Route(), at: Int(index.rawValue))
            case .lane(let index, let route):
                lanes.place(Lane(route: route), at: Int(index.rawValue))
            }
        }
        position = changes.count
    }

    /// Undoes changes it followed. Routes and lanes that remain keep their open state.
    package mutating func undo(_ changes: [WaitChange]) {
        for change in changes.reversed() {
            switch change {
            case .wait(let lane, let old, let new): replace(new, by: old, lane: lane)
            // Nothing waits in it any more, so nothing lists it.
            case .route, .lane: break
            }
        }
    }

    /// Forgets the routes and lanes at the end that were given up before this turn.
    package mutating func trim(to projection: borrowing JobProjection) {
        routes.removeLast(max(0, routes.count - projection.routes.count))
        lanes.removeLast(max(0, lanes.count - projection.lanes.count))
        routes.shrink(above: TableLimits.keptSlots)
        lanes.shrink(above: TableLimits.keptSlots)
    }

    /// Replaces a job's wait by another.
    private mutating func replace(_ old: Wait?, by new: Wait?, lane: LaneIndex) {
        if let old, !removeAside(old, lane) { lanes[Int(lane.rawValue)].waiting.remove(old) }
        if let new { lanes[Int(lane.rawValue)].waiting.set(new, to: Mark()) }
        list(lane)
    }

    /// Takes the waiting job `wait` of `lane` out of the order until `bringBack`.
    package mutating func setAside(_ wait: Wait, _ lane: LaneIndex) {
        let route = lanes[Int(lane.rawValue)].route
        lanes[Int(lane.rawValue)].waiting.remove(wait)
        lanes[Int(lane.rawValue)].aside.set(wait, to: Mark())
        routes[Int(route.rawValue)].lanesAside.insert(lane)
        routesAside.insert(route)
        list(lane)
    }

    /// Puts the jobs of `route` that were set aside into the order again. Returns whether there were any.
    package mutating func bringBack(_ route: RouteIndex) -> Bool {
        guard routesAside.remove(route) != nil else { return false }
        let lanesAside = routes[Int(route.rawValue)].lanesAside
        routes[Int(route.rawValue)].lanesAside = []
        for lane in lanesAside {
            while let wait = lanes[Int(lane.rawValue)].aside.firstKey {
                lanes[Int(lane.rawValue)].aside.remove(wait)
                lanes[Int(lane.rawValue)].waiting.set(wait, to: Mark())
            }
            list(lane)
        }
        return !lanesAside.isEmpty
    }

    /// When the first of the jobs that were set aside is due; `nil` if there is none.
    package var earliestAside: Timestamp? {
        routesAside.lazy.flatMap { routes[Int($0.rawValue)].lanesAside }
            .compactMap { lanes[Int($0.rawValue)].aside.firstKey?.due }.min()
    }

    /// Whether `wait` had been set aside.
    private mutating func removeAside(_ wait: Wait, _ lane: LaneIndex) -> Bool {
        guard !routesAside.isEmpty, lanes[Int(lane.rawValue)].aside.remove(wait) != nil else {
            return false
        }
        guard lanes[Int(lane.rawValue)].aside.firstKey == nil else { return true }
        let route = lanes[Int(lane.rawValue)].route
        routes[Int(route.rawValue)].lanesAside.remove(lane)
        if routes[Int(route.rawValue)].lanesAside.isEmpty { routesAside.remove(route) }
        return true
    }

    /// Sets whether `route` can take a trigger now.
    package mutating func setOpen(_ route: RouteIndex, _ isOpen: Bool) {
        guard routes[Int(route.rawValue)].isOpen != isOpen else { return }
        routes[Int(route.rawValue)].isOpen = isOpen
        list(route)
    }

    /// Sets whether the gate of `lane` lets a trigger pass.
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

extension Array {
    /// Replaces the element at `index`, or adds one at the end.
    fileprivate mutating func place(_ element: Element, at index: Int) {
        if index == count { append(element) } else { self[index] = element }
    }
}
