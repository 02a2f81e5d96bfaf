// What the decider knows besides the jobs: who is there to take triggers, and what is left to clear
// up. None of it survives a crash; receivers say again that they are there.

import EventLog
import JobState
import Jobs

struct Surroundings: Sendable {
    /// By receiver number, so in the order of their appearance.
    private(set) var receivers: [Receiver] = []
    private(set) var routes: [RouteIndex: RouteHistory] = [:]
    /// Triggers in flight that nobody can answer any more, oldest first.
    var orphans: [TriggerID] = []
    /// Zone rules that were found changed and are to be recorded.
    var changedRules: [ZoneRules] = []
    /// Where the recount of waiting jobs goes on that follows; `nil` when it is done.
    var recountStart: SequenceNumber?
    var space = Space.ample
    var isStopping = false
    /// When this process became the writer.
    var opened = Moment()
    /// When the last turn was taken.
    var lastTurnAt = Timestamp.earliest

    struct Receiver: Sendable {
        let presence: Presence
        let route: RouteIndex
        /// Of the triggers this process gave it; receivers of other processes may have had the same
        /// number.
        var inFlightCount = 0

        var hasRoom: Bool { inFlightCount < Int(presence.window) }
    }

    /// An instant and its place in the log.
    struct Moment: Sendable {
        var sequence = SequenceNumber.zero
        var time = Timestamp.earliest

        /// Whether an attempt due at `due` had to wait for it. A job that was accepted later did
        /// not, however long ago its tick was due.
        func held(_ generation: SequenceNumber, due: Timestamp) -> Bool {
            generation < sequence && due < time
        }
    }

    /// Why a trigger of the route may be late.
    struct RouteHistory: Sendable {
        var presentSince = Moment()
        /// Until then every receiver had its hands full.
        var fullUntil = Moment()
        /// The receiver that took the last trigger.
        var lastReceiver: ReceiverID?
    }

    func receiver(_ id: ReceiverID) -> Receiver? { receivers.first { $0.presence.receiver == id } }

    func isAttended(_ route: RouteIndex) -> Bool { receivers.contains { $0.route == route } }

    /// Whether a receiver that is there can take one more. Triggers still awaited from receivers
    /// that went do not count against those that stayed.
    func hasRoom(_ route: RouteIndex) -> Bool {
        receivers.contains { $0.route == route && $0.hasRoom }
    }

    mutating func add(_ presence: Presence, route: RouteIndex, at moment: Moment) {
        if !isAttended(route) {
            routes[route, default: RouteHistory()].presentSince = moment
        } else if !hasRoom(route) {
            routes[route, default: RouteHistory()].fullUntil = moment
        }
        receivers.append(Receiver(presence: presence, route: route))
    }

    mutating func remove(_ id: ReceiverID) { receivers.removeAll { $0.presence.receiver == id } }

    /// The next receiver of `route` in turn that has room.
    mutating func takeReceiver(of route: RouteIndex) -> ReceiverID? {
        let free = receivers.filter { $0.route == route && $0.hasRoom }.map(\.presence.receiver)
        let last = routes[route]?.lastReceiver
        guard let chosen = free.first(where: { id in last.map { $0 < id } ?? true }) ?? free.first
        else { return nil }
        routes[route, default: RouteHistory()].lastReceiver = chosen
        change(chosen, by: 1)
        return chosen
    }

    /// A trigger of this process is settled: its receiver, if it is still there, has room again.
    mutating func release(_ id: ReceiverID, route: RouteIndex, at moment: Moment) {
        let wasFull = isAttended(route) && !hasRoom(route)
        change(id, by: -1)
        if wasFull, hasRoom(route) {
            routes[route, default: RouteHistory()].fullUntil = moment
        }
    }

    private mutating func change(_ id: ReceiverID, by difference: Int) {
        guard let index = receivers.firstIndex(where: { $0.presence.receiver == id }) else {
            return
        }
        receivers[index].inFlightCount += difference
    }
}
