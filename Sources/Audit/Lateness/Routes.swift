// Whether a due tick could have been sent. Only the appearance of a route's first receiver and the
// disappearance of its last one are recorded; others come and go without an event. So how much a route
// takes is known only while no trigger has named a receiver other than the announced one. Limits of
// concurrency are all recorded, for routes and for lanes, the jobs of a route with one concurrency key.

import EventLog
import Jobs

struct RouteLife {
    let key: RouteKey
    private(set) var receiver: Receiver?
    /// Triggers of the route that are not acknowledged.
    private(set) var inFlight = 0
    /// The same by receiver, and the suspects among them.
    var loads = ReceiverLoads()
    /// Generations of the route's live jobs.
    var jobs: Set<SequenceNumber> = []
    /// How often a receiver was announced in the whole log.
    private var announcements = 0
    /// The event that last changed its presence.
    private(set) var changed = SequenceNumber.zero
    /// Maximum number of triggers in flight; `nil` if there is no limit.
    private(set) var limit: UInt32?
    /// The event that last made room behind its limit.
    fileprivate var limitedUntil = SequenceNumber.zero
    /// Indexes in `RouteTable` of its lanes that have ever had a limit.
    fileprivate(set) var limitedLanes: [Int] = []
    fileprivate var opening = Opening()

    struct Receiver {
        let id: ReceiverID
        let window: UInt32
        /// Whether a trigger named another receiver, so that there are several.
        var hasOthers = false
    }

    /// What a seal claims: that everything up to `last` was considered, and every tick due by `through`
    /// was decided.
    struct Decided {
        let last: SequenceNumber
        let through: Timestamp

        init(_ seal: Seal) {
            last = seal.last
            through = seal.decidedThrough
        }
    }

    init(key: RouteKey) { self.key = key }

    /// Whether one more trigger could certainly be sent. With several receivers, that is certain only if
    /// nothing is in flight.
    var isOpen: Bool {
        guard let receiver, !isLimited, loads.suspectCount == 0 else { return false }
        if receiver.hasOthers { return inFlight == 0 }
        return receiver.window == 0 || inFlight < Int(receiver.window)
    }

    /// Whether its limit of concurrency is reached.
    var isLimited: Bool { limit.map { inFlight >= Int($0) } ?? false }

    /// Whether one more trigger exceeds the window of the only receiver there ever was. A window of 0
    /// means no bound.
    func isOverfilled(by id: ReceiverID) -> Bool {
        guard let receiver, announcements == 1, !receiver.hasOthers, receiver.id == id else {
            return false
        }
        return receiver.window > 0 && inFlight >= Int(receiver.window)
    }

    mutating func appear(
        _ presence: Presence, at sequence: SequenceNumber, head: RouteLife.Decided?
    ) {
        receiver = Receiver(id: presence.receiver, window: presence.window)
        announcements += 1
        changed = sequence
        opening.track(isOpen, sequence, head)
    }

    mutating func disappear(at sequence: SequenceNumber, head: RouteLife.Decided?) {
        receiver = nil
        changed = sequence
        opening.track(isOpen, sequence, head)
    }

    mutating func send(_ flight: Flight, at sequence: SequenceNumber, head: RouteLife.Decided?) {
        inFlight += 1
        loads.send(flight)
        if let receiver, receiver.id != flight.receiver { self.receiver?.hasOthers = true }
        opening.track(isOpen, sequence, head)
    }

    mutating func settle(
        _ flight: Flight, isOfWriter: Bool, at sequence: SequenceNumber, head: RouteLife.Decided?
    ) {
        inFlight -= 1
        loads.settle(flight, isOfWriter: isOfWriter)
        opening.track(isOpen, sequence, head)
    }

    mutating func setLimit(_ limit: UInt32?, at sequence: SequenceNumber, head: RouteLife.Decided?)
    {
        self.limit = limit
        opening.track(isOpen, sequence, head)
    }
}

/// The jobs of a route that share a concurrency key.
struct LaneLife {
    let route: Int
    let concurrencyKey: String
    /// Triggers of its jobs that are not acknowledged.
    fileprivate(set) var inFlight = 0
    /// Maximum number of triggers in flight; `nil` if there is no limit.
    fileprivate(set) var limit: UInt32?
    fileprivate var wasLimited = false
    /// The event that last made room behind its limit.
    fileprivate var limitedUntil = SequenceNumber.zero
    /// When lane and route together were open; used once the lane has had a limit.
    fileprivate var opening = Opening()

    /// Whether its limit of concurrency is reached.
    var isLimited: Bool { limit.map { inFlight >= Int($0) } ?? false }
}

/// Tracks when a route or a lane could take a trigger.
private struct Opening {
    /// The event since which it has been open without interruption.
    private var openSince: SequenceNumber?
    /// The last seal that ended a turn while it was open, before it was last closed.
    private var lastOpenSeal: RouteLife.Decided?

    /// The last turn that ended with it open, if any did; `head` is the last seal.
    func lastDecision(head: RouteLife.Decided?) -> RouteLife.Decided? {
        if let openSince, let head, openSince <= head.last { return head }
        return lastOpenSeal
    }

    /// Notes that it opened or closed with the event at `sequence`.
    mutating func track(_ isOpen: Bool, _ sequence: SequenceNumber, _ head: RouteLife.Decided?) {
        switch (openSince, isOpen) {
        case (nil, true): openSince = sequence
        case (.some, false):
            lastOpenSeal = lastDecision(head: head)
            openSince = nil
        case (nil, false), (.some, true): break
        }
    }
}

/// All routes and lanes in the log, numbered in the order of their appearance.
struct RouteTable {
    private(set) var all: [RouteLife] = []
    private(set) var lanes: [LaneLife] = []
    private var numbers: [RouteKey: Int] = [:]
    private var laneNumbers: [LaneKey: Int] = [:]

    private struct LaneKey: Hashable {
        let route: Int
        let concurrencyKey: String
    }

    subscript(_ number: Int) -> RouteLife {
        _read { yield all[number] }
        _modify { yield &all[number] }
    }

    mutating func number(of key: RouteKey) -> Int {
        if let number = numbers[key] { return number }
        numbers[key] = all.count
        all.append(RouteLife(key: key))
        return all.count - 1
    }

    /// The lane of a route's jobs with `key`; `nil` for those without one.
    mutating func lane(of route: Int, _ key: String?) -> Int? {
        guard let key else { return nil }
        let laneKey = LaneKey(route: route, concurrencyKey: key)
        if let number = laneNumbers[laneKey] { return number }
        laneNumbers[laneKey] = lanes.count
        lanes.append(LaneLife(route: route, concurrencyKey: key))
        return lanes.count - 1
    }
}

// A change that opens or closes a route also opens or closes its lanes.
extension RouteTable {
    /// The last turn that ended with a trigger of this route and lane possible, if any did.
    func lastDecision(_ route: Int, _ lane: Int?, head: RouteLife.Decided?) -> RouteLife.Decided? {
        if let lane, lanes[lane].wasLimited {
            return lanes[lane].opening.lastDecision(head: head)
        }
        return all[route].opening.lastDecision(head: head)
    }

    func isOpen(_ route: Int, _ lane: Int?) -> Bool {
        all[route].isOpen && !(lane.map { lanes[$0].isLimited } ?? false)
    }

    /// Whether a limit of concurrency holds back a trigger of this route and lane.
    func isLimited(_ route: Int, _ lane: Int?) -> Bool {
        all[route].isLimited || (lane.map { lanes[$0].isLimited } ?? false)
    }

    /// Whether a limit held back a trigger of this route and lane at any time after `sequence`.
    func wasLimited(_ route: Int, _ lane: Int?, since sequence: SequenceNumber) -> Bool {
        isLimited(route, lane) || all[route].limitedUntil > sequence
            || (lane.map { lanes[$0].limitedUntil > sequence } ?? false)
    }

    mutating func appear(
        _ presence: Presence, _ route: Int, at sequence: SequenceNumber, head: RouteLife.Decided?
    ) {
        change(route, nil, sequence, head) { $0.appear(presence, at: sequence, head: head) }
    }

    mutating func disappear(_ route: Int, at sequence: SequenceNumber, head: RouteLife.Decided?) {
        change(route, nil, sequence, head) { $0.disappear(at: sequence, head: head) }
    }

    mutating func send(
        _ flight: Flight, _ owner: Flight.Owner, at sequence: SequenceNumber,
        head: RouteLife.Decided?
    ) {
        if let lane = owner.lane { change(lane, sequence) { $0.inFlight += 1 } }
        change(owner.route, owner.lane, sequence, head) {
            $0.send(flight, at: sequence, head: head)
        }
    }

    mutating func settle(
        _ flight: Flight, _ owner: Flight.Owner, isOfWriter: Bool, at sequence: SequenceNumber,
        head: RouteLife.Decided?
    ) {
        if let lane = owner.lane { change(lane, sequence) { $0.inFlight -= 1 } }
        change(owner.route, owner.lane, sequence, head) {
            $0.settle(flight, isOfWriter: isOfWriter, at: sequence, head: head)
        }
    }

    mutating func limit(
        _ limit: ConcurrencyLimit, at sequence: SequenceNumber, head: RouteLife.Decided?
    ) {
        let route = number(of: limit.route)
        if let lane = lane(of: route, limit.concurrencyKey) {
            if !lanes[lane].wasLimited {
                lanes[lane].wasLimited = true
                // Until now it was open with its route.
                lanes[lane].opening = all[route].opening
                all[route].limitedLanes.append(lane)
            }
            change(lane, sequence) { $0.limit = limit.inFlightMax }
            track(lane, sequence, head)
        } else {
            change(route, nil, sequence, head) {
                $0.setLimit(limit.inFlightMax, at: sequence, head: head)
            }
        }
    }

    /// Removes all limits: they end with the process.
    mutating func liftLimits(at sequence: SequenceNumber, head: RouteLife.Decided?) {
        for route in all.indices {
            change(route, nil, sequence, head) { $0.setLimit(nil, at: sequence, head: head) }
        }
        for lane in lanes.indices where lanes[lane].limit != nil {
            change(lane, sequence) { $0.limit = nil }
            track(lane, sequence, head)
        }
    }

    /// Changes a route. `lane` is a lane whose number in flight has just changed, if any.
    private mutating func change(
        _ route: Int, _ lane: Int?, _ sequence: SequenceNumber, _ head: RouteLife.Decided?,
        _ change: (inout RouteLife) -> Void
    ) {
        let (wasOpen, wasLimited) = (all[route].isOpen, all[route].isLimited)
        change(&all[route])
        if wasLimited, !all[route].isLimited { all[route].limitedUntil = sequence }
        if all[route].isOpen != wasOpen {
            for lane in all[route].limitedLanes { track(lane, sequence, head) }
        } else if let lane, lanes[lane].wasLimited {
            track(lane, sequence, head)
        }
    }

    private mutating func change(
        _ lane: Int, _ sequence: SequenceNumber, _ change: (inout LaneLife) -> Void
    ) {
        let wasLimited = lanes[lane].isLimited
        change(&lanes[lane])
        if wasLimited, !lanes[lane].isLimited { lanes[lane].limitedUntil = sequence }
    }

    private mutating func track(_ lane: Int, _ sequence: SequenceNumber, _ head: RouteLife.Decided?)
    {
        lanes[lane].opening.track(isOpen(lanes[lane].route, lane), sequence, head)
    }
}
