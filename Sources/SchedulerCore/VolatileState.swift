// What the decider knows besides the jobs: which receivers are connected, and what is still to be
// settled. None of it survives a crash; receivers register again with the next process.

import EventLog
import JobState
import Jobs

struct VolatileState: Sendable {
    private(set) var routes: [RouteIndex: Route] = [:]
    /// The routes of all connected receivers.
    private var routesOfReceivers: [ReceiverID: RouteIndex] = [:]
    var gates = Gates()
    /// Routes that are draining, and since when: nothing is sent until a receiver is idle, so that a
    /// suspect can be sent alone.
    var drains: [RouteIndex: Moment] = [:]
    /// Receivers that have a suspect in flight, and until when they get nothing else.
    private var reserved: [ReceiverID: Timestamp] = [:]
    /// Provisional receivers, and until when they are.
    private var provisional: [ReceiverID: Timestamp] = [:]
    /// Triggers in flight that cannot be answered any more, oldest first.
    var orphans: [TriggerID] = []
    /// Changed zone rules that are still to be recorded.
    var changedRules: [ZoneRules] = []
    /// The generation at which rescheduling by the changed rules continues; `nil` when it is done.
    var rescheduleStart: SequenceNumber?
    var isClockHeld = false
    /// When the clock was last believed again, or has jumped.
    var clockChanged = Moment()
    var space = Space.ample
    var isStopping = false
    /// When this process became the writer.
    var opened = Moment()
    /// When events were last recorded.
    var lastTurnAt = Timestamp.earliest
    /// The time of the last step.
    private var clock = Timestamp.earliest

    struct Receiver: Sendable {
        let presence: Presence
        /// Counts triggers of this process only; receivers of earlier processes may have had the same
        /// number.
        var inFlightCount = 0
        /// It has a suspect in flight, which must be its only trigger.
        var isReserved = false
        /// It may soon be replaced: it is sent nothing that was sent before.
        var isProvisional = false

        var hasRoom: Bool { !isReserved && inFlightCount < Int(presence.window) }

        /// Whether it can take a trigger that would be its only one.
        var isIdle: Bool { hasRoom && inFlightCount == 0 }
    }

    /// The receivers of a route, and what may have made one of its triggers late.
    struct Route: Sendable {
        /// The connected receivers by number, so in the order in which they connected.
        fileprivate(set) var receivers: [Receiver] = []
        /// Number of receivers with room.
        fileprivate(set) var freeCount = 0
        /// Number of receivers that are not provisional.
        fileprivate(set) var settledCount = 0
        var presentSince = Moment()
        /// When the last span ended in which no receiver had room.
        var fullUntil = Moment()
        /// When redeliveries last ceased to wait for a receiver that is not provisional.
        fileprivate(set) var settledAt = Moment()
        /// The receiver that took the last trigger.
        var lastReceiver: ReceiverID?
    }

    /// Called when a step begins. If the clock was set back, with notice or without, all recorded
    /// moments are moved to `now` at the latest: otherwise they would seem to hold ticks that are due
    /// after them.
    mutating func read(clock now: Timestamp) {
        defer { clock = now }
        guard now < clock else { return }
        opened.turnBack(to: now)
        clockChanged.turnBack(to: now)
        for route in routes.keys {
            routes[route]?.presentSince.turnBack(to: now)
            routes[route]?.fullUntil.turnBack(to: now)
            routes[route]?.settledAt.turnBack(to: now)
        }
        gates.turnBack(to: now)
        for route in drains.keys { drains[route]?.turnBack(to: now) }
        let latest = now.clampedAdding(nanoseconds: TurnLimits.aloneMax)
        reserved = reserved.mapValues { min($0, latest) }
        let settled = now.clampedAdding(nanoseconds: TurnLimits.settlingMax)
        provisional = provisional.mapValues { min($0, settled) }
    }

    /// A connected receiver and its route.
    func find(_ id: ReceiverID) -> (presence: Presence, route: RouteIndex)? {
        guard let route = routesOfReceivers[id], let presence = routes[route]?.presence(of: id)
        else { return nil }
        return (presence, route)
    }

    /// Forgets a route that is given up: nothing that comes can have waited there.
    mutating func forget(_ route: RouteIndex) {
        if routes[route] != nil { routes[route] = nil }
        gates.forget(.route(route))
    }

    func hasReceivers(_ route: RouteIndex) -> Bool { routes[route]?.receivers.isEmpty == false }

    /// Whether a connected receiver can take one more trigger. Triggers that disconnected receivers
    /// may still answer do not count.
    func hasRoom(_ route: RouteIndex) -> Bool { (routes[route]?.freeCount ?? 0) > 0 }

    mutating func add(
        _ presence: Presence, _ isProvisional: Bool, route: RouteIndex, at moment: Moment
    ) {
        routesOfReceivers[presence.receiver] = route
        routes[route, default: Route()].add(presence, isProvisional, at: moment)
        guard isProvisional else { return }
        provisional[presence.receiver] = moment.time.clampedAdding(
            nanoseconds: TurnLimits.settlingMax)
    }

    mutating func remove(_ id: ReceiverID) {
        guard let route = routesOfReceivers.removeValue(forKey: id) else { return }
        reserved[id] = nil
        provisional[id] = nil
        routes[route]?.remove(id)
    }

    /// The next receiver of `route` with room, in round-robin order; for a redelivery one that is not
    /// provisional, if there is one with room.
    mutating func takeReceiver(of route: RouteIndex, isRedelivery: Bool) -> ReceiverID? {
        let hasChoice = isRedelivery && !provisional.isEmpty
        return (hasChoice ? routes[route]?.take { $0.hasRoom && !$0.isProvisional } : nil)
            ?? routes[route]?.take { $0.hasRoom }
    }

    /// Whether all receivers of `route`, and there are some, are provisional: redeliveries wait.
    func isSettling(_ route: RouteIndex) -> Bool {
        guard !provisional.isEmpty, let route = routes[route] else { return false }
        return route.settledCount == 0 && !route.receivers.isEmpty
    }

    /// Redeliveries of `route` waited up to `moment`.
    mutating func markSettled(_ route: RouteIndex, at moment: Moment) {
        routes[route]?.settledAt = moment
    }

    /// The earliest instant at which a provisional receiver is one no more; `nil` if there is none.
    var settlingEnd: Timestamp? { provisional.values.min() }

    /// Receivers that have been there long enough are not provisional any more. Returns their routes.
    mutating func endSettling(at now: Timestamp) -> [RouteIndex] {
        guard let end = settlingEnd, end <= now else { return [] }
        let settled = provisional.filter { $0.value <= now }.keys.sorted()
        for id in settled {
            provisional[id] = nil
            if let route = routesOfReceivers[id] { routes[route]?.settle(id) }
        }
        return settled.compactMap { routesOfReceivers[$0] }
    }

    func hasIdleReceiver(_ route: RouteIndex) -> Bool {
        routes[route]?.receivers.contains(where: \.isIdle) ?? false
    }

    /// The next idle receiver of `route`, in round-robin order. It takes no other trigger until this
    /// one is settled or `TurnLimits.aloneMax` has passed.
    mutating func takeIdleReceiver(of route: RouteIndex, _ now: Timestamp) -> ReceiverID? {
        guard let id = routes[route]?.take(alone: true, where: { $0.isIdle }) else { return nil }
        reserved[id] = now.clampedAdding(nanoseconds: TurnLimits.aloneMax)
        return id
    }

    /// The earliest instant at which a receiver with a suspect may get other triggers; `nil` if no
    /// receiver has one.
    var reservationEnd: Timestamp? { reserved.values.min() }

    /// Ends the reservations whose time is over. Returns the routes of the receivers.
    mutating func endReservations(at moment: Moment) -> [RouteIndex] {
        guard let end = reservationEnd, end <= moment.time else { return [] }
        let over = reserved.filter { $0.value <= moment.time }.keys.sorted()
        for id in over {
            reserved[id] = nil
            if let route = routesOfReceivers[id] { routes[route]?.share(id, at: moment) }
        }
        return over.compactMap { routesOfReceivers[$0] }
    }

    /// Nothing was sent up to `moment` because no receiver was idle: ticks that came due by then are
    /// late because the receivers were busy.
    mutating func markFull(_ route: RouteIndex, until moment: Moment) {
        routes[route]?.fullUntil = moment
    }

    /// A trigger of this process is settled: its receiver, if still connected, has room again.
    mutating func release(_ id: ReceiverID, route: RouteIndex, at moment: Moment) {
        guard routesOfReceivers[id] == route else { return }
        reserved[id] = nil
        routes[route]?.release(id, at: moment)
    }
}

extension VolatileState.Route {
    fileprivate func presence(of id: ReceiverID) -> Presence { receivers[place(of: id)].presence }

    fileprivate mutating func add(
        _ presence: Presence, _ isProvisional: Bool, at moment: Moment
    ) {
        if receivers.isEmpty {
            presentSince = moment
        } else if freeCount == 0 {
            fullUntil = moment
        }
        let receiver = VolatileState.Receiver(presence: presence, isProvisional: isProvisional)
        receivers.insert(receiver, at: place(of: presence.receiver))
        freeCount += receiver.hasRoom ? 1 : 0
        settledCount += isProvisional ? 0 : 1
    }

    fileprivate mutating func settle(_ id: ReceiverID) {
        receivers[place(of: id)].isProvisional = false
        settledCount += 1
    }

    fileprivate mutating func remove(_ id: ReceiverID) {
        let receiver = receivers.remove(at: place(of: id))
        freeCount -= receiver.hasRoom ? 1 : 0
        settledCount -= receiver.isProvisional ? 0 : 1
    }

    fileprivate mutating func take(
        alone: Bool = false, where fits: (VolatileState.Receiver) -> Bool
    ) -> ReceiverID? {
        guard freeCount > 0 else { return nil }
        var place = lastReceiver.map { self.place(behind: $0) } ?? 0
        for _ in receivers.indices {
            if place >= receivers.count { place = 0 }
            if fits(receivers[place]) {
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

    /// It keeps its suspect and may take other triggers as well.
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

    /// The index of the first receiver with this number or a higher one.
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
