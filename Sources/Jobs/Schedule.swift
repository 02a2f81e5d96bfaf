package import EventLog

/// When a recurring job is due. Parsed once, shared between jobs of equal text.
package enum Schedule: Equatable, Sendable {
    /// Every so many nanoseconds from the tick before (0 or more); never rounded.
    case every(nanoseconds: Int64)
    /// By the calendar, in UTC.
    indirect case cron(CronExpression)

    /// The first occurrence strictly after `instant` (`every` adds its interval, which may be 0),
    /// or `nil` if none lies within the search window or before the year 2262.
    package func next(after instant: Timestamp) -> Timestamp? {
        switch self {
        case .every(let nanoseconds): instant.adding(nanoseconds: nanoseconds)
        case .cron(let expression): expression.next(after: instant)
        }
    }
}
