// The routes and lanes of a log. A change that opens or closes a route also opens or closes its lanes.

import EventLog
import Jobs

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

extension RouteTable: AuditStatePart {
    init(_ state: inout AuditStateReader) throws(AuditStateError) {
        all = try state.all()
        lanes = try state.all()
        for (number, route) in all.enumerated() { numbers[route.key] = number }
        for (number, lane) in lanes.enumerated() {
            guard all.indices.contains(lane.route) else {
                throw state.error("a lane is of no route")
            }
            laneNumbers[LaneKey(route: lane.route, concurrencyKey: lane.concurrencyKey)] = number
            if lane.wasLimited { all[lane.route].limitedLanes.append(number) }
        }
    }

    func append(to state: inout AuditStateWriter) {
        state.add(all: all)
        state.add(all: lanes)
    }
}
