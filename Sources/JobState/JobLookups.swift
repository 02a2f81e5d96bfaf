// Lookups of single rows. They are in this module because the tables' types are known here: from
// another module each lookup would use the unspecialised generic code.

package import EventLog
package import Jobs

extension JobProjection {
    package func generation(of id: JobID) -> SequenceNumber? { names[id] }
    /// The number of rows of jobs that were deleted by prefix: they are to be freed.
    package var endedCount: Int { rows.count - names.count }

    /// Whether `row`, which is the one of `generation`, is of a live job.
    package func isLive(_ generation: SequenceNumber, _ row: JobRow) -> Bool {
        endedCount == 0 || names[row.id] == generation
    }

    /// `nil` if it is not live.
    package func row(of generation: SequenceNumber) -> JobRow? {
        rows[generation].flatMap { isLive(generation, $0) ? $0 : nil }
    }
    package func inFlightTrigger(_ trigger: TriggerID) -> InFlightTrigger? { inFlight[trigger] }

    /// By number, those that were given up among them.
    package var routes: [Route] { laneTable.routes.values }
    package var lanes: [Lane] { laneTable.lanes.values }
    /// In the order of their numbers.
    package var routesInUse: [RouteIndex] { laneTable.routes.inUse }
    package var lanesInUse: [LaneIndex] { laneTable.lanes.inUse }
    /// What was given up in this turn, or in the last one.
    package var givenUp: (routes: [RouteIndex], lanes: [LaneIndex]) {
        (laneTable.routes.givenUp, laneTable.lanes.givenUp)
    }

    package func routeIndex(of key: RouteKey) -> RouteIndex? { laneTable.routes.index(of: key) }

    package func laneIndex(of route: RouteIndex, gate: String?) -> LaneIndex? {
        laneTable.laneIndex(of: route, gate: gate)
    }

    package func route(of lane: LaneIndex) -> RouteIndex { laneTable.route(of: lane) }

    /// The process that created `generation`.
    package func boot(of generation: SequenceNumber) -> BootID? {
        boots.last { $0.opened < generation }?.bootID
    }

    /// The triggers in flight for which `isIncluded` is true, oldest first.
    package func inFlightTriggers(where isIncluded: (InFlightTrigger) -> Bool) -> [TriggerID] {
        var triggers: [TriggerID] = []
        inFlight.forEach { trigger, entry in
            if isIncluded(entry) { triggers.append(trigger) }
            return true
        }
        return triggers
    }
}
