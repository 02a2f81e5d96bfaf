// Whether a due tick could have been sent. Only the first receiver of a route is announced, and the
// departure of the last: others come and go without an event, so how much a route takes is known
// only while no trigger has named another receiver than the announced one.

import EventLog
import Jobs

struct Route {
    let key: RouteKey
    private(set) var receiver: Receiver?
    /// Triggers sent this way and not acknowledged.
    private(set) var inFlight = 0
    /// Generations of the live jobs that call it.
    var jobs: Set<SequenceNumber> = []
    /// How often a receiver was announced, in the whole log.
    private var announcements = 0
    /// When presence changed last.
    private(set) var changed = SequenceNumber.zero
    /// The event since which it has been open without a break.
    private var openSince: SequenceNumber?
    /// The last seal that closed a turn with the route open, before it was closed.
    private var lastOpenSeal: Decided?

    struct Receiver {
        let id: ReceiverID
        let window: UInt32
        /// A trigger named another receiver: there are several.
        var hasOthers = false
    }

    /// What a seal claims: everything up to `last` was looked at, and every tick due by `through`
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

    /// Whether one more trigger could surely be sent. Among several receivers only an idle route is
    /// sure to take one.
    var isOpen: Bool {
        guard let receiver else { return false }
        if receiver.hasOthers { return inFlight == 0 }
        return receiver.window == 0 || inFlight < Int(receiver.window)
    }

    /// Whether one more trigger is more than the only receiver there ever was takes. A window of 0
    /// says no bound.
    func isOverfilled(by id: ReceiverID) -> Bool {
        guard let receiver, announcements == 1, !receiver.hasOthers, receiver.id == id else {
            return false
        }
        return receiver.window > 0 && inFlight >= Int(receiver.window)
    }

    /// The last turn that ended with the route open, if any did; `head` is the last seal.
    func lastDecision(head: Seal?) -> Decided? {
        if let openSince, let head, openSince <= head.last { return Decided(head) }
        return lastOpenSeal
    }

    mutating func appear(_ presence: Presence, at sequence: SequenceNumber, head: Seal?) {
        receiver = Receiver(id: presence.receiver, window: presence.window)
        announcements += 1
        changed = sequence
        track(sequence, head)
    }

    mutating func disappear(at sequence: SequenceNumber, head: Seal?) {
        receiver = nil
        changed = sequence
        track(sequence, head)
    }

    mutating func send(to id: ReceiverID, at sequence: SequenceNumber, head: Seal?) {
        inFlight += 1
        if let receiver, receiver.id != id { self.receiver?.hasOthers = true }
        track(sequence, head)
    }

    mutating func settle(at sequence: SequenceNumber, head: Seal?) {
        inFlight -= 1
        track(sequence, head)
    }

    /// Notes that the route opened or closed with the event at `sequence`.
    private mutating func track(_ sequence: SequenceNumber, _ head: Seal?) {
        switch (openSince, isOpen) {
        case (nil, true): openSince = sequence
        case (.some, false):
            lastOpenSeal = lastDecision(head: head)
            openSince = nil
        case (nil, false), (.some, true): break
        }
    }
}

/// All routes ever named, numbered in the order of their appearance.
struct RouteTable {
    private(set) var all: [Route] = []
    private var numbers: [RouteKey: Int] = [:]

    subscript(_ number: Int) -> Route {
        get { all[number] }
        _modify { yield &all[number] }
    }

    mutating func number(of key: RouteKey) -> Int {
        if let number = numbers[key] { return number }
        numbers[key] = all.count
        all.append(Route(key: key))
        return all.count - 1
    }
}
