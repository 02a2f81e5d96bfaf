// The routes and lanes that something uses: a row, a trigger in flight, a receiver or a limit. What nothing uses any
// more is given up at the end of the record, and its number goes to another: a log that has named a million apps costs
// only those that are there. The numbers are not state. Rows of jobs that were deleted by prefix use their lanes until
// they are freed, which may be in any turn, so two folds of one log may give different numbers; where states are
// compared or written, `LaneOrder` numbers anew.

import Jobs

struct LaneTable: Sendable {
    /// How to undo a change.
    enum Change: Sendable {
        case present(RouteIndex, Bool)
        case routeLimited(RouteIndex, Bool)
        case laneLimited(LaneIndex, Bool)
        case route(RouteIndex)
        case lane(LaneIndex)
        case routeGivenUp(RouteIndex)
        case laneGivenUp(LaneIndex)
    }

    private(set) var routes = Slots<Route>()
    private(set) var lanes = Slots<Lane>()
    /// What nothing may use since a change.
    private var idle: (routes: [RouteIndex], lanes: [LaneIndex]) = ([], [])
    /// The changes of this turn, besides those of counts; `nil` outside a turn.
    private var changes: [Change]?

    func laneIndex(of route: RouteIndex, gate: String?) -> LaneIndex? {
        lanes.index(of: LaneKey(route: route, gate: gate))
    }

    func route(of lane: LaneIndex) -> RouteIndex { lanes[lane].key.route }

    /// The number of a route, and what a `DueIndex` has to know of it.
    mutating func register(_ key: RouteKey) -> (RouteIndex, [WaitChange]) {
        if let index = routes.index(of: key) { return (index, []) }
        let index = routes.add(Route(key: key))
        changes?.append(.route(index))
        return (index, [.route(index)])
    }

    /// The number of a lane, and what a `DueIndex` has to know of it and its route.
    mutating func register(_ key: RouteKey, gate: String?) -> (LaneIndex, [WaitChange]) {
        let (route, added) = register(key)
        let key = LaneKey(route: route, gate: gate)
        if let index = lanes.index(of: key) { return (index, added) }
        let index = lanes.add(Lane(key: key))
        attach(index)
        changes?.append(.lane(index))
        return (index, added + [.lane(index, of: route)])
    }

    mutating func countRows(of lane: LaneIndex, by difference: Int) {
        lanes[lane].rowCount += difference
        noteIfIdle(lane)
    }

    mutating func countInFlight(of lane: LaneIndex, by difference: Int) {
        lanes[lane].inFlightCount += difference
        routes[route(of: lane)].inFlightCount += difference
        noteIfIdle(lane)
    }

    mutating func setPresent(_ route: RouteIndex, _ isPresent: Bool) {
        changes?.append(.present(route, routes[route].isPresent))
        routes[route].isPresent = isPresent
        noteIfIdle(route)
    }

    mutating func setLimited(_ route: RouteIndex, _ isLimited: Bool) {
        changes?.append(.routeLimited(route, routes[route].isLimited))
        routes[route].isLimited = isLimited
        noteIfIdle(route)
    }

    mutating func setLimited(_ lane: LaneIndex, _ isLimited: Bool) {
        changes?.append(.laneLimited(lane, lanes[lane].isLimited))
        lanes[lane].isLimited = isLimited
        noteIfIdle(lane)
    }

    /// Receivers and limits end with their process.
    mutating func endPresence() {
        for route in routes.inUse {
            if routes[route].isPresent { setPresent(route, false) }
            if routes[route].isLimited { setLimited(route, false) }
        }
        for lane in lanes.inUse where lanes[lane].isLimited { setLimited(lane, false) }
    }

    private mutating func noteIfIdle(_ route: RouteIndex) {
        if routes[route].isIdle { idle.routes.append(route) }
    }

    private mutating func noteIfIdle(_ lane: LaneIndex) {
        if lanes[lane].isIdle { idle.lanes.append(lane) }
    }

    /// Gives up what nothing uses since the changes before.
    mutating func giveUpIdle() {
        guard !idle.lanes.isEmpty || !idle.routes.isEmpty else { return }
        for lane in idle.lanes where lanes[lane].isInUse && lanes[lane].isIdle {
            detach(lane)
            lanes.giveUp(lane, inTurn: changes != nil)
            changes?.append(.laneGivenUp(lane))
            noteIfIdle(route(of: lane))
        }
        for route in idle.routes where routes[route].isInUse && routes[route].isIdle {
            routes.giveUp(route, inTurn: changes != nil)
            changes?.append(.routeGivenUp(route))
        }
        idle = (routes: [], lanes: [])
    }

    /// Whether there is a route or lane that nothing uses.
    var hasIdle: Bool {
        lanes.inUse.contains { lanes[$0].isIdle } || routes.inUse.contains { routes[$0].isIdle }
    }

    private mutating func attach(_ lane: LaneIndex) {
        let route = route(of: lane)
        lanes[lane].place = routes[route].lanes.count
        routes[route].lanes.append(lane)
    }

    private mutating func detach(_ lane: LaneIndex) {
        let (route, place) = (route(of: lane), lanes[lane].place)
        let last = routes[route].lanes.removeLast()
        guard last != lane else { return }
        routes[route].lanes[place] = last
        lanes[last].place = place
    }
}

// Turns, which can be undone.
extension LaneTable {
    mutating func startTurn() {
        routes.startTurn()
        lanes.startTurn()
        changes = []
    }

    mutating func endTurn() -> [Change] {
        defer { changes = nil }
        return changes ?? []
    }

    /// Undoes the changes of the last turn, when all counts are again what they were.
    mutating func undo(_ changes: [Change]) {
        self.changes = nil
        for change in changes.reversed() {
            switch change {
            case .present(let route, let old): routes[route].isPresent = old
            case .routeLimited(let route, let old): routes[route].isLimited = old
            case .laneLimited(let lane, let old): lanes[lane].isLimited = old
            case .route(let route): routes.giveUp(route, inTurn: false)
            case .lane(let lane):
                detach(lane)
                lanes.giveUp(lane, inTurn: false)
            case .routeGivenUp(let route): routes.takeBack(route)
            case .laneGivenUp(let lane):
                lanes.takeBack(lane)
                attach(lane)
            }
        }
        routes.forgetGivenUp()
        lanes.forgetGivenUp()
        idle = (routes: [], lanes: [])
    }
}
