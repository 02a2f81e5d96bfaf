// What the decider knows besides the jobs: who is there to take triggers, and what is left to clear
// up. None of it survives a crash; receivers say again that they are there.

import EventLog
import JobState
import Jobs

struct VolatileState: Sendable {
    private(set) var routes: [RouteIndex: Route] = [:]
    /// Of all receivers that are there.
    private var routesOfReceivers: [ReceiverID: RouteIndex] = [:]
    var gates = Gates()
    /// Routes that send nothing more until a receiver is idle, so that a suspect can be sent alone,
    /// and since when.
    var drains: [RouteIndex: Moment] = [:]
    /// Receivers that have a suspect in flight, and how long they get nothing else.
    private var reserved: [ReceiverID: Timestamp] = [:]
    /// Triggers in flight that nobody can answer any more, oldest first.
    var orphans: [TriggerID] = []
    /// Zone rules that were found changed and are to be recorded.
    var changedRules: [ZoneRules] = []
    /// Where the recount of waiting jobs goes on that follows; `nil` when it is done.
    var rescheduleStart: SequenceNumber?
    var space = Space.ample
    var isStopping = false
    /// When this process became the writer.
    var opened = Moment()
    /// When the last turn was taken.
    var lastTurnAt = Timestamp.earliest
    /// What the clock said in the last step.
    private var clock = Timestamp.earliest

    struct Receiver: Sendable {
        let presence: Presence
        /// Of the triggers this process gave it; receivers of other processes may have had the same
        /// number.
        var inFlightCount = 0
        /// It has a suspect in flight that is to be alone with it.
        var isReserved = false

        var hasRoom: Bool { !isReserved && inFlightCount < Int(presence.window) }

        /// Whether it can take a trigger that would be alone with it.
        var isIdle: Bool { hasRoom && inFlightCount == 0 }
    }

    /// Who takes triggers of a route, and why one of them may be late.
    struct Route: Sendable {
        /// Those that are there, by number, so in the order of their appearance.
        fileprivate(set) var receivers: [Receiver] = []
        /// Receivers with room.
        fileprivate(set) var freeCount = 0
        var presentSince = Moment()
        /// Until then every receiver had its hands full.
        var fullUntil = Moment()
        /// The receiver that took the last trigger.
        var lastReceiver: ReceiverID?
    }

    /// A step begins. If the clock was put back, announced or not, all that has been was before
    /// `now`: otherwise it would be said to have held what came due after it.
    mutating func read(clock now: Timestamp) {
        defer { clock = now }
        guard now < clock else { return }
        opened.turnBack(to: now)
        for route in routes.keys {
            routes[route]?.presentSince.turnBack(to: now)
            routes[route]?.fullUntil.turnBack(to: now)
        }
        gates.turnBack(to: now)
        for route in drains.keys { drains[route]?.turnBack(to: now) }
        let latest = now.clampedAdding(nanoseconds: TurnLimits.aloneMax)
        for id in reserved.keys { reserved[id] = reserved[id].map { min($0, latest) } }
    }

    /// A receiver that is there, and whose triggers it takes.
    func find(_ id: ReceiverID) -> (presence: Presence, route: RouteIndex)? {
        guard let route = routesOfReceivers[id], let presence = routes[route]?.presence(of: id)
        else { return nil }
        return (presence, route)
    }

    func hasReceivers(_ route: RouteIndex) -> Bool { routes[route]?.receivers.isEmpty == false }

    /// Whether a receiver that is there can take one more. Triggers still awaited from receivers
    /// that went do not count against those that stayed.
    func hasRoom(_ route: RouteIndex) -> Bool { (routes[route]?.freeCount ?? 0) > 0 }

    mutating func add(_ presence: Presence, route: RouteIndex, at moment: Moment) {
        routesOfReceivers[presence.receiver] = route
        routes[route, default: Route()].add(presence, at: moment)
    }

    mutating func remove(_ id: ReceiverID) {
        guard let route = routesOfReceivers.removeValue(forKey: id) else { return }
        reserved[id] = nil
        routes[route]?.remove(id)
    }

    /// The next receiver of `route` in turn that has room.
    mutating func takeReceiver(of route: RouteIndex) -> ReceiverID? { routes[route]?.take() }

    func hasIdleReceiver(_ route: RouteIndex) -> Bool {
        routes[route]?.receivers.contains(where: \.isIdle) ?? false
    }

    /// The next receiver of `route` in turn that is idle. It takes no other trigger until this one
    /// is settled, or `TurnLimits.aloneMax` is over.
    mutating func takeIdleReceiver(of route: RouteIndex, _ now: Timestamp) -> ReceiverID? {
        guard let id = routes[route]?.take(alone: true) else { return nil }
        reserved[id] = now.clampedAdding(nanoseconds: TurnLimits.aloneMax)
        return id
    }

    /// When a receiver is to be sent other triggers beside its suspect; `nil` if none has one.
    var reservationEnd: Timestamp? { reserved.values.min() }

    /// Gives those receivers room again whose time alone is over. Returns their routes.
    mutating func endReservations(at moment: Moment) -> [RouteIndex] {
        guard let end = reservationEnd, end <= moment.time else { return [] }
        let over = reserved.filter { $0.value <= moment.time }.keys.sorted()
        for id in over {
            reserved[id] = nil
            if let route = routesOfReceivers[id] { routes[route]?.share(id, at: moment) }
        }
        return over.compactMap { routesOfReceivers[$0] }
    }

    /// Up to `moment` nothing was sent, for no receiver was idle: what came due until then is late
    /// because they were busy.
    mutating func markFull(_ route: RouteIndex, until moment: Moment) {
        routes[route]?.fullUntil = moment
    }

    /// A trigger of this process is settled: its receiver, if it is still there, has room again.
    mutating func release(_ id: ReceiverID, route: RouteIndex, at moment: Moment) {
        guard routesOfReceivers[id] == route else { return }
        reserved[id] = nil
        routes[route]?.release(id, at: moment)
    }
}

extension VolatileState.Route {
    fileprivate func presence(of id: ReceiverID) -> Presence { receivers[place(of: id)].presence }

    fileprivate mutating func add(_ presence: Presence, at moment: Moment) {
        if receivers.isEmpty {
            presentSince = moment
        } else if freeCount == 0 {
            fullUntil = moment
        }
        let receiver = VolatileState.Receiver(presence: presence)
        receivers.insert(receiver, at: place(of: presence.receiver))
        freeCount += receiver.hasRoom ? 1 : 0
    }

    fileprivate mutating func remove(_ id: ReceiverID) {
        let receiver = receivers.remove(at: place(of: id))
        freeCount -= receiver.hasRoom ? 1 : 0
    }

    fileprivate mutating func take(alone: Bool = false) -> ReceiverID? {
        guard freeCount > 0 else { return nil }
        var place = lastReceiver.map { self.place(behind: $0) } ?? 0
        for _ in receivers.indices {
            if place >= receivers.count { place = 0 }
            if alone ? receivers[place].isIdle : receivers[place].hasRoom {
                change(place, by: 1, isReserved: alone)
                lastReceiver = receivers[place].presence.receiver
                return lastReceiver
            }
            place += 1
        }
        return nil
    }

    fileprivate mutating func release(_ id: ReceiverID, at moment: Moment) {
        makeRoom(id, by: -1, at: moment)
    }

    /// It keeps its suspect, and takes others beside it.
    fileprivate mutating func share(_ id: ReceiverID, at moment: Moment) {
        makeRoom(id, by: 0, at: moment)
    }

    private mutating func makeRoom(_ id: ReceiverID, by difference: Int, at moment: Moment) {
        let wasFull = freeCount == 0
        change(place(of: id), by: difference)
        if wasFull, freeCount > 0 { fullUntil = moment }
    }

    /// A receiver is reserved for the one trigger it has in flight, or for none.
    private mutating func change(_ place: Int, by difference: Int, isReserved: Bool = false) {
        let hadRoom = receivers[place].hasRoom
        receivers[place].inFlightCount += difference
        receivers[place].isReserved = isReserved
        let hasRoom = receivers[place].hasRoom
        freeCount += (hasRoom ? 1 : 0) - (hadRoom ? 1 : 0)
    }

    /// Of the first receiver with this number or a higher one.
    private func place(of id: ReceiverID) -> Int { firstPlace { $0 >= id } }

    private func place(behind id: ReceiverID) -> Int { firstPlace { $0 > id } }

    private func firstPlace(where fits: (ReceiverID) -> Bool) -> Int {
        var (low, high) = (0, receivers.count)
        while low < high {
            let middle = (low + high) / 2
            if fits(receivers[middle].presence.receiver) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
