// Tick arithmetic: which occurrences a job has. This is the only code the decider and the auditor
// share. Dapr: go-etcd-cron internal/scheduler and internal/counter/counter.go. The next tick
// counts from the scheduled time of the previous one, never from when it ran, so a schedule cannot
// drift; `repeats` counts every tick, including the first. Time zone rules are an argument: those
// in the log at the event being decided or judged.

package import EventLog

package struct TickRule: Equatable, Sendable {
    /// `nil`: a single tick at the anchor.
    package let schedule: Schedule?
    package let repeats: UInt32?
    package let expiry: Timestamp?

    package init(schedule: Schedule?, repeats: UInt32?, expiry: Timestamp?) {
        self.schedule = schedule
        self.repeats = repeats
        self.expiry = expiry
    }

    /// The same with another expiry.
    package func expiring(at expiry: Timestamp?) -> TickRule {
        TickRule(schedule: schedule, repeats: repeats, expiry: expiry)
    }

    package enum Following: Equatable, Sendable {
        /// The due time of the next tick.
        case due(Timestamp)
        /// All ticks of the job are done.
        case completed
        /// The next tick would be after the expiry, or the schedule's search finds none.
        case expired
    }

    /// The due time of tick 1, counted from `anchor`: the anchor itself if a due time was given (or
    /// there is no schedule), else the schedule's first occurrence after it. `nil` if that is after
    /// the expiry.
    package func first(anchor: Timestamp, isDueAtAnchor: Bool, in zones: ZoneTables) -> Timestamp? {
        let due: Timestamp?
        if let schedule, !isDueAtAnchor {
            due = schedule.next(after: anchor, in: zones)
        } else {
            due = anchor
        }
        guard let due, expiry.map({ due <= $0 }) ?? true else { return nil }
        return due
    }

    /// The due time of the first tick here of a job of which another scheduler has run `ticks`.
    /// `nil` if no tick is left.
    package func first(
        anchor: Timestamp, isDueAtAnchor: Bool, after ticks: TicksElsewhere?, in zones: ZoneTables
    ) -> Timestamp? {
        guard let ticks else {
            return first(anchor: anchor, isDueAtAnchor: isDueAtAnchor, in: zones)
        }
        guard
            case .due(let due) = following(
                tick: UInt64(ticks.count), due: ticks.lastDue, in: zones)
        else { return nil }
        return due
    }

    /// The step after tick number `tick`, which was due at `due`.
    package func following(tick: UInt64, due: Timestamp, in zones: ZoneTables) -> Following {
        guard let schedule else { return .completed }
        if let repeats, tick >= UInt64(repeats) { return .completed }
        guard let next = schedule.next(after: due, in: zones), expiry.map({ next <= $0 }) ?? true
        else {
            return .expired
        }
        return .due(next)
    }
}

extension Definition {
    /// The tick arithmetic of this definition. Throws only for a text that cannot have been
    /// accepted.
    package func tickRule() throws(InvalidField) -> TickRule {
        let schedule = try schedule.map { text throws(InvalidField) in try Schedule.parse(text) }
        return TickRule(schedule: schedule, repeats: repeats, expiry: expiry)
    }

    /// Whether the first tick is due a span of time after the acceptance, and not on a date. `parsed` is the schedule.
    package func isDueAfterSpan(_ parsed: Schedule?) -> Bool {
        guard let dueTime else { return parsed?.isInterval ?? false }
        return (try? PointInTime.parse(dueTime, field: "dueTime"))?.isRelative ?? false
    }

    /// Whether it expires a span of time after its acceptance or due time, and not on a date.
    package var isExpiringAfterSpan: Bool {
        ttl.map { (try? PointInTime.parse($0, field: "ttl"))?.isRelative ?? false } ?? false
    }
}
