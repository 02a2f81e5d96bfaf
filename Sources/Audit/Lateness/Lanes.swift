// The jobs of a route that share a concurrency key, and when a route or such a lane could take a trigger.

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

/// Tracks when a route or a lane could take a trigger.
struct RouteOpening {
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

extension RouteOpening: AuditStatePart {
    init(_ state: inout AuditStateReader) throws(AuditStateError) {
        openSince = try state.optional { state throws(AuditStateError) in try state.sequence() }
        lastOpenSeal = try state.partIfAny()
    }

    func append(to state: inout AuditStateWriter) {
        state.add(openSince) { $1.add($0) }
        state.add(lastOpenSeal)
    }
}
