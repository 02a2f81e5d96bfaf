// Which waiting job is due next. Each lane has its own ordered set of waiting jobs; in each route
// the lanes with room are ordered by their earliest job, and so are the routes that can take a
// trigger now. A route without a receiver is simply not in that order: a million parked jobs cost
// nothing, and they are all there in the order of their due times when a receiver comes.

package import EventLog

package struct DueIndex: Sendable {
    /// A waiting job; ties go to the older generation.
    package struct Entry: Comparable, Hashable, Sendable {
        package let due: Timestamp
        package let generation: SequenceNumber

        package static func < (left: Entry, right: Entry) -> Bool {
            left.due != right.due
                ? left.due < right.due : left.generation < right.generation
        }
    }

    /// A lane or a route by its earliest job. No job is in two of them.
    private struct Listed<Index: Comparable & Sendable>: Comparable, Sendable {
        let earliest: Entry
        let index: Index

        static func < (left: Listed, right: Listed) -> Bool { left.earliest < right.earliest }
    }

    private struct Lane: Sendable {
        let route: RouteIndex
        var waiting = ChunkedTable<Entry, Mark>()
        var isOpen = true
        /// As it stands in its route's order, if it does.
        var listed: Listed<LaneIndex>?
    }

    private struct Route: Sendable {
        /// Open lanes with a waiting job.
        var order = ChunkedTable<Listed<LaneIndex>, Mark>()
        var isOpen = false
        /// As it stands in the order of routes, if it does.
        var listed: Listed<RouteIndex>?
    }

    private struct Mark: Equatable, Sendable {}

    private var lanes: [Lane] = []
    private var routes: [Route] = []
    /// Open routes with an open lane in which a job waits.
    private var order = ChunkedTable<Listed<RouteIndex>, Mark>()

    package init() {}

    /// Of open lanes of closed routes, built at once: the waiting jobs of each lane, in any order,
    /// none twice, and the routes of the lanes.
    init(waiting: consuming [[Entry]], routesOfLanes: [RouteIndex], routesCount: Int) {
        routes = Array(repeating: Route(), count: routesCount)
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
    package var first: (entry: Entry, lane: LaneIndex)? {
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
        let end = Entry(due: now.clampedAdding(nanoseconds: 1), generation: .zero)
        return lanes[Int(lane.rawValue)].waiting.count(before: end)
    }

    /// When the first job of `lane` is due, whether or not anybody is there to take it.
    package func earliest(_ lane: LaneIndex) -> Timestamp? {
        lanes[Int(lane.rawValue)].waiting.first?.key.due
    }

    package func isOpen(_ route: RouteIndex) -> Bool { routes[Int(route.rawValue)].isOpen }

    mutating func addRoute() { routes.append(Route()) }

    /// Its lanes must be gone.
    mutating func removeLastRoute() {
        if let listed = routes.removeLast().listed { order.remove(listed) }
    }

    mutating func addLane(of route: RouteIndex) { lanes.append(Lane(route: route)) }

    mutating func removeLastLane() {
        let lane = lanes.removeLast()
        guard let listed = lane.listed else { return }
        routes[Int(lane.route.rawValue)].order.remove(listed)
        list(lane.route)
    }

    mutating func insert(_ entry: Entry, lane: LaneIndex) {
        lanes[Int(lane.rawValue)].waiting.set(entry, to: Mark())
        list(lane)
    }

    mutating func remove(_ entry: Entry, lane: LaneIndex) {
        lanes[Int(lane.rawValue)].waiting.remove(entry)
        list(lane)
    }

    /// Says whether `route` can take a trigger now.
    mutating func setOpen(_ route: RouteIndex, _ isOpen: Bool) {
        guard routes[Int(route.rawValue)].isOpen != isOpen else { return }
        routes[Int(route.rawValue)].isOpen = isOpen
        list(route)
    }

    /// Says whether the gate of `lane` lets a trigger pass.
    mutating func setOpen(_ lane: LaneIndex, _ isOpen: Bool) {
        guard lanes[Int(lane.rawValue)].isOpen != isOpen else { return }
        lanes[Int(lane.rawValue)].isOpen = isOpen
        list(lane)
    }

    private mutating func list(_ lane: LaneIndex) {
        let index = Int(lane.rawValue)
        let earliest = lanes[index].isOpen ? lanes[index].waiting.first?.key : nil
        guard earliest != lanes[index].listed?.earliest else { return }
        let route = lanes[index].route
        if let listed = lanes[index].listed { routes[Int(route.rawValue)].order.remove(listed) }
        lanes[index].listed = earliest.map { Listed(earliest: $0, index: lane) }
        if let listed = lanes[index].listed {
            routes[Int(route.rawValue)].order.set(listed, to: Mark())
        }
        list(route)
    }

    private mutating func list(_ route: RouteIndex) {
        let index = Int(route.rawValue)
        let earliest = routes[index].isOpen ? routes[index].order.first?.key.earliest : nil
        guard earliest != routes[index].listed?.earliest else { return }
        if let listed = routes[index].listed { order.remove(listed) }
        routes[index].listed = earliest.map { Listed(earliest: $0, index: route) }
        if let listed = routes[index].listed { order.set(listed, to: Mark()) }
    }
}
