// The current state, as opposed to what has happened. Read from counts that the projection keeps anyway,
// in time that does not depend on the number of jobs; only jobs that are due and cannot be sent are
// counted, in steps of a hundred.

import EventLog
import JobState
import Jobs
import SchedulerCore

/// The jobs and routes at one instant.
struct StateGauges: Sendable {
    struct Route: Sendable {
        let key: RouteKey
        /// Whether a receiver is present, according to the log.
        let isPresent: Bool
        let inFlight: Int
        /// How long its oldest trigger has been in flight, in nanoseconds; 0 if none is.
        let oldestInFlight: Int64
        /// Number of waiting jobs that are due.
        let due: Int
    }

    let phases: PhaseCounts
    /// Those that something uses; one that stays keeps its place before those that come later.
    let routes: [Route]
    /// How long the earliest of all due jobs has been due, in nanoseconds.
    let overdue: Int64
    let gates: [GateStatus]

    init(of machine: borrowing SchedulerStateMachine, at now: Timestamp) {
        let projection = machine.projection
        gates = machine.gateStatus(at: now)
        phases = projection.phases
        var earliest = now
        let oldest = StateGauges.oldestInFlight(projection)
        routes = projection.routesInUse.map { index in
            let route = projection.routes[Int(index.rawValue)]
            for lane in route.lanes {
                earliest = min(earliest, machine.due.earliest(lane) ?? now)
            }
            return Route(
                key: route.key, isPresent: route.isPresent, inFlight: route.inFlightCount,
                oldestInFlight: max(
                    0, oldest[index].map { now.nanoseconds(since: $0) } ?? 0),
                due: route.lanes.reduce(0) { $0 + machine.due.dueCount($1, at: now) })
        }
        overdue = now.nanoseconds(since: earliest)
    }

    /// When the oldest trigger in flight of each route was triggered. The oldest come first, so few are
    /// looked at where no route has many.
    private static func oldestInFlight(
        _ projection: borrowing JobProjection
    ) -> [RouteIndex: Timestamp] {
        var oldest: [RouteIndex: Timestamp] = [:]
        let wanted = projection.routes.count { $0.isInUse && $0.inFlightCount > 0 }
        if wanted == 0 { return oldest }
        projection.inFlight.forEach { _, entry in
            let route = projection.route(of: entry.lane)
            if oldest[route] == nil { oldest[route] = entry.triggeredAt }
            return oldest.count < wanted
        }
        return oldest
    }
}
