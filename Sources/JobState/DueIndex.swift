// Which waiting job is due next. Each route has its own ordered set of waiting jobs; the routes
// that can take a trigger now are ordered by their earliest job. A route without a receiver is
// simply not in that order: a million parked jobs cost nothing, and they are all there in the order
// of their due times when a receiver comes.

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

    private struct RouteEntry: Comparable, Sendable {
        let earliest: Entry
        let route: RouteIndex

        static func < (left: RouteEntry, right: RouteEntry) -> Bool {
            left.earliest != right.earliest
                ? left.earliest < right.earliest : left.route < right.route
        }
    }

    private struct Route: Sendable {
        var waiting = ChunkedTable<Entry, Mark>()
        var isOpen = false
        /// As it stands in `order`, if it does.
        var listed: RouteEntry?
    }

    private struct Mark: Equatable, Sendable {}

    private var routes: [Route] = []
    /// Open routes with a waiting job.
    private var order = ChunkedTable<RouteEntry, Mark>()

    package init() {}

    /// Of closed routes, built at once: the waiting jobs of each, in any order, none twice.
    init(waiting: consuming [[Entry]]) {
        routes.reserveCapacity(waiting.count)
        for index in waiting.indices {
            waiting[index].sort()
            var route = Route()
            for entry in waiting[index] { _ = route.waiting.append(entry, Mark()) }
            routes.append(route)
        }
    }

    /// The job due first among the open routes.
    package var first: (entry: Entry, route: RouteIndex)? {
        order.first.map { ($0.key.earliest, $0.key.route) }
    }

    /// How many jobs of `route` wait, due or not.
    package func waitingCount(_ route: RouteIndex) -> Int {
        routes[Int(route.rawValue)].waiting.count
    }

    /// How many jobs of `route` are due at `now` or before: what waits longest stands in whole chunks,
    /// so a million of them are counted in steps of a hundred.
    package func dueCount(_ route: RouteIndex, at now: Timestamp) -> Int {
        let end = Entry(due: now.clampedAdding(nanoseconds: 1), generation: .zero)
        return routes[Int(route.rawValue)].waiting.count(before: end)
    }

    /// When the first job of `route` is due, whether or not anybody is there to take it.
    package func earliest(_ route: RouteIndex) -> Timestamp? {
        routes[Int(route.rawValue)].waiting.first?.key.due
    }

    package func isOpen(_ route: RouteIndex) -> Bool { routes[Int(route.rawValue)].isOpen }

    mutating func addRoute() { routes.append(Route()) }

    mutating func removeLastRoute() {
        if let listed = routes.removeLast().listed { order.remove(listed) }
    }

    mutating func insert(_ entry: Entry, route: RouteIndex) {
        routes[Int(route.rawValue)].waiting.set(entry, to: Mark())
        list(route)
    }

    mutating func remove(_ entry: Entry, route: RouteIndex) {
        routes[Int(route.rawValue)].waiting.remove(entry)
        list(route)
    }

    /// Says whether `route` can take a trigger now.
    mutating func setOpen(_ route: RouteIndex, _ isOpen: Bool) {
        guard routes[Int(route.rawValue)].isOpen != isOpen else { return }
        routes[Int(route.rawValue)].isOpen = isOpen
        list(route)
    }

    private mutating func list(_ route: RouteIndex) {
        let index = Int(route.rawValue)
        let earliest = routes[index].isOpen ? routes[index].waiting.first?.key : nil
        guard earliest != routes[index].listed?.earliest else { return }
        if let listed = routes[index].listed { order.remove(listed) }
        routes[index].listed = earliest.map { RouteEntry(earliest: $0, route: route) }
        if let listed = routes[index].listed { order.set(listed, to: Mark()) }
    }
}
