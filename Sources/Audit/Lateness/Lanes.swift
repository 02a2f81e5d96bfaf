import EventLog
import Jobs

/// The jobs of a route that share a concurrency key.
struct LaneLife {
    let route: Int
    let concurrencyKey: String
    /// Triggers of its jobs that are not acknowledged.
    var inFlight = 0
    /// Maximum number of triggers in flight; `nil` if there is no limit.
    var limit: UInt32?
    var wasLimited = false
    /// The event that last made room behind its limit.
    var limitedUntil = SequenceNumber.zero
    /// When lane and route together were open; used once the lane has had a limit.
    var opening = RouteOpening()

    /// Whether its limit of concurrency is reached.
    var isLimited: Bool { limit.map { inFlight >= Int($0) } ?? false }
}

extension LaneLife: AuditStatePart {
    init(_ state: inout AuditStateReader) throws(AuditStateError) {
        route = try state.count()
        concurrencyKey = try state.text()
        inFlight = try state.count()
        limit = try state.optional { state throws(AuditStateError) in
            try state.number(UInt32.self)
        }
        wasLimited = try state.flag()
        limitedUntil = try state.sequence()
        opening = try state.part()
    }

    func append(to state: inout AuditStateWriter) {
        state.add(route)
        state.add(concurrencyKey)
        state.add(inFlight)
        state.add(limit) { $1.add(UInt64($0)) }
        state.add(wasLimited)
        state.add(limitedUntil)
        state.add(opening)
    }
}
