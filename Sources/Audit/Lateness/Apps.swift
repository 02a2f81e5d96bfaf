// Since when an app has been there to take triggers, and since when it has had its hands full. What
// it takes at once is known only while no trigger has named another receiver than the announced one.

import EventLog
import Jobs

/// An app, or the actors of a type, as they were there and away.
struct App {
    let key: RouteKey
    private(set) var receiver: ReceiverID?
    private var window: UInt32 = 0
    private var hasOthers = false
    /// Triggers sent to it and not acknowledged.
    private(set) var inFlight = 0
    /// When the last of them was acknowledged.
    private(set) var busyUntil = Timestamp.earliest
    /// When the receiver that is there was announced, or the last one went.
    private(set) var changed: LogMoment
    private var fullSince: Timestamp?
    private var absences = TimeSpans()
    private var fullSpans = TimeSpans()
    /// What became of its jobs' ticks.
    var stories = Tally<Story>()
    /// A job of it was selected.
    var isSelected = false

    /// Away until it is announced.
    init(key: RouteKey, at moment: LogMoment) {
        self.key = key
        changed = moment
    }

    func isReported(_ scope: AuditScope) -> Bool { scope.hasAllJobs || isSelected }

    /// Since when it has been away; `nil` if it is there.
    var absentSince: Timestamp? { receiver == nil ? changed.time : nil }

    /// Nanoseconds of `from` to `to` in which it was away and a writer knew.
    func absence(_ from: Timestamp, _ to: Timestamp) -> Int64 {
        absences.overlap(from, to, open: absentSince)
    }

    /// Nanoseconds of `from` to `to` in which it was there and surely took no more.
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

    /// It is away from `moment` on. What it was before was known up to `seen`.
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

/// All apps ever named, numbered in the order of their appearance.
struct Apps {
    private(set) var all: [App] = []
    private var numbers: [RouteKey: Int] = [:]

    subscript(_ number: Int) -> App {
        _read { yield all[number] }
        _modify { yield &all[number] }
    }

    /// An app that nothing has been said of is away since `opened`.
    mutating func number(of key: RouteKey, opened: LogMoment) -> Int {
        if let number = numbers[key] { return number }
        numbers[key] = all.count
        all.append(App(key: key, at: opened))
        return all.count - 1
    }

    /// How long the apps that are reported and away have been, up to `moment`.
    func absences(to moment: LogMoment, isOpen: Bool, _ scope: AuditScope) -> [Outage] {
        all.filter { $0.receiver == nil && $0.isReported(scope) }.map {
            Outage(from: $0.changed, to: moment, isOpen: isOpen, app: $0.key)
        }
    }
}
