package import EventLog

/// When a recurring job is due. Parsed once and shared by jobs with the same text.
package enum Schedule: Hashable, Sendable {
    /// At a fixed interval in nanoseconds (0 or more) from the previous tick; never rounded.
    case every(nanoseconds: Int64)
    /// By the calendar and the clock of `zone`, or of UTC. The zone's rules are not part of the
    /// schedule: they can change, and are taken from the log when an occurrence is computed.
    indirect case cron(CronExpression, zone: String?)

    /// The time zone whose rules determine when this is due; `nil` if there is none.
    package var zone: String? {
        switch self {
        case .every: nil
        case .cron(_, let zone): zone
        }
    }

    /// Whether it is due after spans of time, whatever the date.
    package var isInterval: Bool {
        switch self {
        case .every: true
        case .cron: false
        }
    }

    /// The first occurrence strictly after `instant` (`every` adds its interval, which may be 0),
    /// or `nil` if there is none within the search window or before the year 2262, or if `zones`
    /// has no rules for its zone.
    package func next(after instant: Timestamp, in zones: ZoneTables) -> Timestamp? {
        switch self {
        case .every(let nanoseconds): return instant.adding(nanoseconds: nanoseconds)
        case .cron(let expression, nil): return expression.next(after: instant, in: nil)
        case .cron(let expression, let zone?):
            guard let rules = zones[zone] else { return nil }
            return expression.next(after: instant, in: rules)
        }
    }
}
