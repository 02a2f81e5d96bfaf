// When an app has been present, and when it has been full. How many triggers it takes at once is known only
// while no trigger has named a receiver other than the announced one.

import EventLog
import Jobs

/// The presence of an app, or of the actors of a type.
struct App {
    let key: RouteKey
    private(set) var receiver: ReceiverID?
    private var window: UInt32 = 0
    private var hasOthers = false
    /// Triggers sent to it and not acknowledged.
    private(set) var inFlight = 0
    /// When the last of them was acknowledged.
    private(set) var busyUntil = Timestamp.earliest
    /// When the present receiver appeared, or the last one disappeared.
    private(set) var changed: LogMoment
    private var fullSince: Timestamp?
    private var absences = TimeSpans()
    private var fullSpans = TimeSpans()
    /// The stories of its jobs' ticks.
    var stories = Tally<Story>()
    /// Whether one of its jobs is selected.
    var isSelected = false

    /// Creates an app that is away until a receiver appears.
    init(key: RouteKey, at moment: LogMoment) {
        self.key = key
        changed = moment
    }

    func isReported(_ scope: AuditScope) -> Bool { scope.hasAllJobs || isSelected }

    /// Since when it has been away; `nil` if it is present.
    var absentSince: Timestamp? { receiver == nil ? changed.time : nil }

    /// Nanoseconds between `from` and `to` in which it was away while a writer ran.
    func absence(_ from: Timestamp, _ to: Timestamp) -> Int64 {
        absences.overlap(from, to, open: absentSince)
    }

    /// Nanoseconds between `from` and `to` in which it was present and certainly full.
    func fullness(_ from: Timestamp, _ to: Timestamp) -> Int64 {
        fullSpans.overlap(from, to, open: fullSince)
    }

    mutating func appear(_ presence: Presence, at moment: LogMoment) {
        if let absentSince { absences.add(absentSince, moment.time) }
        receiver = presence.receiver
        window = presence.window
        hasOthers = false
        changed = moment
        track(moment.time)
    }

    /// It is away from `moment` on. Its state before was known up to `seen`.
    mutating func disappear(at moment: LogMoment, seen: Timestamp) {
        if let absentSince { absences.add(absentSince, seen) }
        receiver = nil
        changed = moment
        track(seen)
    }

    mutating func send(to id: ReceiverID, _ time: Timestamp) {
        inFlight += 1
        if receiver != nil && receiver != id { hasOthers = true }
        track(time)
    }

    mutating func settle(_ time: Timestamp) {
        inFlight -= 1
        busyUntil = time
        track(time)
    }

    private mutating func track(_ time: Timestamp) {
        let isFull = receiver != nil && !hasOthers && window > 0 && inFlight >= Int(window)
        if isFull {
            fullSince = fullSince ?? time
        } else if let since = fullSince {
            fullSpans.add(since, time)
            fullSince = nil
        }
    }
}

/// All apps that occur in the log, numbered in the order of their appearance.
struct Apps {
    private(set) var all: [App] = []
    private var numbers: [RouteKey: Int] = [:]

    subscript(_ number: Int) -> App {
        _read { yield all[number] }
        _modify { yield &all[number] }
    }

    /// The number of an app. A new one counts as away since `opened`.
    mutating func number(of key: RouteKey, opened: LogMoment) -> Int {
        if let number = numbers[key] { return number }
        numbers[key] = all.count
        all.append(App(key: key, at: opened))
        return all.count - 1
    }

    /// The absences, up to `moment`, of reported apps that are away.
    func absences(to moment: LogMoment, isOpen: Bool, _ scope: AuditScope) -> [Outage] {
        all.filter { $0.receiver == nil && $0.isReported(scope) }.map {
            Outage(from: $0.changed, to: moment, isOpen: isOpen, app: $0.key)
        }
    }
}

extension App: AuditStatePart {
    init(_ state: inout AuditStateReader) throws(AuditStateError) {
        key = try state.route()
        receiver = try state.optional { state throws(AuditStateError) in
            ReceiverID(try state.number(UInt32.self))
        }
        window = try state.number(UInt32.self)
        hasOthers = try state.flag()
        inFlight = try state.count()
        busyUntil = try state.time()
        changed = try state.part()
        fullSince = try state.optional { state throws(AuditStateError) in try state.time() }
        absences = try state.part()
        fullSpans = try state.part()
    }

    /// Without what was reported of it.
    func append(to state: inout AuditStateWriter) {
        state.add(key.key)
        state.add(receiver) { $1.add(UInt64($0.rawValue)) }
        state.add(UInt64(window))
        state.add(hasOthers)
        state.add(inFlight)
        state.add(busyUntil)
        state.add(changed)
        state.add(fullSince) { $1.add($0) }
        state.add(absences)
        state.add(fullSpans)
    }
}

extension Apps: AuditStatePart {
    init(_ state: inout AuditStateReader) throws(AuditStateError) {
        all = try state.all()
        for (number, app) in all.enumerated() { numbers[app.key] = number }
    }

    func append(to state: inout AuditStateWriter) { state.add(all: all) }
}
