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
    var limitedUntil = SequenceNumber.zero
    /// Indexes in `RouteTable` of its lanes that have ever had a limit.
    var limitedLanes: [Int] = []
    var opening = RouteOpening()

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

extension RouteLife: AuditStatePart {
    init(_ state: inout AuditStateReader) throws(AuditStateError) {
        key = try state.route()
        receiver = try state.optional { state throws(AuditStateError) in
            Receiver(
                id: ReceiverID(try state.number(UInt32.self)),
                window: try state.number(UInt32.self), hasOthers: try state.flag())
        }
        inFlight = try state.count()
        loads = try state.part()
        announcements = try state.count()
        changed = try state.sequence()
        limit = try state.optional { state throws(AuditStateError) in
            try state.number(UInt32.self)
        }
        limitedUntil = try state.sequence()
        opening = try state.part()
    }

    /// Without its jobs, which are written by themselves, and its lanes.
    func append(to state: inout AuditStateWriter) {
        state.add(key.key)
        state.add(receiver) { receiver, state in
            state.add(UInt64(receiver.id.rawValue))
            state.add(UInt64(receiver.window))
            state.add(receiver.hasOthers)
        }
        state.add(inFlight)
        state.add(loads)
        state.add(announcements)
        state.add(changed)
        state.add(limit) { $1.add(UInt64($0)) }
        state.add(limitedUntil)
        state.add(opening)
    }
}

extension RouteLife.Decided: AuditStatePart {
    init(_ state: inout AuditStateReader) throws(AuditStateError) {
        last = try state.sequence()
        through = try state.time()
    }

    func append(to state: inout AuditStateWriter) {
        state.add(last)
        state.add(through)
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
