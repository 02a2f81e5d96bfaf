// Counts of the durable turns of this process: a few additions per event.

import EventLog
import JobState
import Jobs
import SchedulerCore
import Telemetry

/// Counts since the start of the process.
struct TurnTally: Sendable {
    private(set) var turns: UInt64 = 0
    /// By the number of the event kind.
    private(set) var events = [UInt64](repeating: 0, count: Int(UInt8.max) + 1)
    /// By cause, in the order of `allCases`.
    private(set) var triggers = [UInt64](repeating: 0, count: Trigger.Cause.allCases.count)
    /// By hold, in the order of `allCases`.
    private(set) var held = [UInt64](repeating: 0, count: Trigger.Hold.allCases.count)
    private(set) var outcomes = OutcomeTally()
    /// At most `SchedulerLimits.labelledAppsMax`. A route keeps its place as long as something uses it, and then until
    /// another route needs the place: so what it came to at last can still be read.
    private(set) var routes: [RouteKey: RouteTally] = [:]
    /// Of all routes that found no place; `nil` if all did.
    private(set) var otherRoutes: RouteTally?
    /// The routes with a place that nothing uses, in order.
    private var unusedRoutes: [RouteKey] = []
    /// Ticks of jobs that the app has no handler for.
    private(set) var notFound: UInt64 = 0
    private(set) var head = SequenceNumber.zero
    /// When the last turn became durable, by the monotonic clock.
    private(set) var sealedAt: Int64?

    /// Seconds of one append.
    private(set) var commit = Histogram(bounds: [
        0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1,
        2.5, 5, 10,
    ])
    private(set) var turnEvents = Histogram(bounds: [1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000])
    /// Seconds from a tick's due time to its first trigger.
    private(set) var lateness = Histogram(bounds: [
        0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 15, 60, 300, 3_600,
        86_400,
    ])
    private(set) var attempts = Histogram(bounds: [1, 2, 3, 4, 5, 10, 20, 50, 100])
    /// Milliseconds from a trigger to its success or failure, of apps' jobs and of actors'
    /// reminders. Dapr: pkg/scheduler/monitoring/metrics.go, whole milliseconds and these bounds.
    private(set) var jobLatency = Histogram(bounds: [100, 500, 1_000, 5_000, 10_000])
    private(set) var reminderLatency = Histogram(bounds: [100, 500, 1_000, 5_000, 10_000])

    /// Counts a turn that took `nanoseconds` to make durable and became so at `now` of the monotonic
    /// clock.
    mutating func count(_ effects: Effects, commit nanoseconds: Int64, at now: Int64) {
        turns += 1
        sealedAt = now
        commit.observe(Double(nanoseconds) / 1e9)
        turnEvents.observe(Double(effects.events.count))
        if let last = effects.events.last { head = last.sequence }
        var answered = effects.answered.makeIterator()
        for record in effects.events {
            events[Int(record.event.kind.rawValue)] += 1
            if case .triggered(let trigger) = record.event { count(trigger, at: record.time) }
            if case .acknowledged(let acknowledgement) = record.event {
                guard let trigger = answered.next() else {
                    preconditionFailure(
                        "the time to the answer of record \(record.sequence) was not measured")
                }
                count(acknowledgement, of: trigger)
            }
        }
        precondition(
            answered.next() == nil, "more answers were measured than recorded up to record \(head)")
    }

    private mutating func count(_ trigger: Trigger, at time: Timestamp) {
        triggers[Int(trigger.cause.rawValue) - 1] += 1
        attempts.observe(Double(trigger.attempt))
        if let hold = trigger.heldBy { held[Int(hold.rawValue) - 1] += 1 }
        if trigger.cause == .schedule {
            lateness.observe(Double(time.nanoseconds(since: trigger.due)) / 1e9)
        }
    }

    private mutating func count(_ acknowledgement: Acknowledgement, of trigger: AnsweredTrigger) {
        outcomes[acknowledgement.outcome, trigger.route.isApp] += 1
        if hasPlace(trigger.route) {
            routes[trigger.route, default: RouteTally()].count(acknowledgement.outcome, trigger)
        } else {
            var others = otherRoutes ?? RouteTally()
            others.count(acknowledgement.outcome, trigger)
            otherRoutes = others
        }
        switch acknowledgement.outcome {
        case .succeeded:
            if acknowledgement.isWithoutHandler { notFound += 1 }
            observe(trigger)
        case .failed, .timedOut: observe(trigger)
        case .dropped, .undeliverable, .abandoned, .late: break
        }
    }

    /// Whether a route has a place, or can have one.
    private mutating func hasPlace(_ route: RouteKey) -> Bool {
        if routes.count < SchedulerLimits.labelledAppsMax || routes[route] != nil { return true }
        while let unused = unusedRoutes.popLast() {
            if routes.removeValue(forKey: unused) != nil { return true }
        }
        return false
    }

    /// Notes which routes may lose their places.
    mutating func noteUse(where isUsed: (RouteKey) -> Bool) {
        unusedRoutes = routes.keys.filter { !isUsed($0) }.sorted()
    }

    private mutating func observe(_ trigger: AnsweredTrigger) {
        let milliseconds = Double(trigger.duration / 1_000_000)
        if trigger.route.isApp {
            jobLatency.observe(milliseconds)
        } else {
            reminderLatency.observe(milliseconds)
        }
    }
}

/// What the triggers of one app or actor type came to.
struct RouteTally: Sendable {
    /// In the order of `allCases`.
    private(set) var outcomes = [UInt64](
        repeating: 0, count: Acknowledgement.Outcome.allCases.count)
    /// Seconds from a trigger to the app's answer.
    private(set) var durations = Histogram(bounds: [
        0.005, 0.025, 0.1, 0.5, 1, 5, 15, 60, 300, 3_600, 21_600,
    ])

    mutating func count(_ outcome: Acknowledgement.Outcome, _ trigger: AnsweredTrigger) {
        outcomes[Int(outcome.rawValue) - 1] += 1
        switch outcome {
        case .succeeded, .failed, .dropped: durations.observe(Double(trigger.duration) / 1e9)
        case .timedOut, .undeliverable, .abandoned, .late: break
        }
    }
}

/// How often each outcome occurred, separately for apps' jobs and actors' reminders.
struct OutcomeTally: Sendable {
    private var counts = [UInt64](repeating: 0, count: 2 * Acknowledgement.Outcome.allCases.count)

    subscript(_ outcome: Acknowledgement.Outcome, _ isOfApp: Bool) -> UInt64 {
        get { counts[Self.place(outcome, isOfApp)] }
        set { counts[Self.place(outcome, isOfApp)] = newValue }
    }

    subscript(_ outcome: Acknowledgement.Outcome) -> UInt64 {
        self[outcome, true] + self[outcome, false]
    }

    private static func place(_ outcome: Acknowledgement.Outcome, _ isOfApp: Bool) -> Int {
        2 * (Int(outcome.rawValue) - 1) + (isOfApp ? 1 : 0)
    }
}
