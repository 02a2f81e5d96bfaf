// Schedule texts: "@every" with a Go duration, the named schedules, or a cron expression of six
// fields. Dapr: kit cron/parser.go, whose wording the refusals keep.

extension Schedule {
    /// The schedule `text` spells. Throws for the field "schedule", saying what is wrong and where.
    ///
    /// A negative interval is refused here; an interval of 0, or an expression that never matches,
    /// is not.
    package static func parse(_ text: String) throws(InvalidField) -> Schedule {
        if text.isEmpty { throw invalid("empty spec string") }
        // A time zone would be read here: its name, white space, then the rest.
        for prefix in ["TZ=", "CRON_TZ="] where text.utf8.starts(with: prefix.utf8) {
            throw invalid(
                "time zones are not supported yet; write the schedule in UTC (found \(prefix))")
        }
        if text.utf8.first == UInt8(ascii: "@") { return try parseDescriptor(text) }
        return .cron(try CronParser.parse(text))
    }

    private static func parseDescriptor(_ text: String) throws(InvalidField) -> Schedule {
        let every = "@every "
        if text.utf8.starts(with: every.utf8) {
            let duration = Substring(text.utf8.dropFirst(every.utf8.count))
            return .every(nanoseconds: try parseInterval(duration, in: text))
        }
        switch text {
        case "@yearly", "@annually": return .cron(try CronParser.parse("0 0 0 1 1 *"))
        case "@monthly": return .cron(try CronParser.parse("0 0 0 1 * *"))
        case "@weekly": return .cron(try CronParser.parse("0 0 0 * * 0"))
        case "@daily", "@midnight": return .cron(try CronParser.parse("0 0 0 * * *"))
        case "@hourly": return .cron(try CronParser.parse("0 0 * * * *"))
        default: throw invalid("unrecognized descriptor: \(text)")
        }
    }

    /// Nanoseconds of what follows "@every " in `text`.
    private static func parseInterval(_ duration: Substring, in text: String) throws(InvalidField)
        -> Int64
    {
        let interval: Int64
        do {
            interval = try GoDuration.parse(String(duration))
        } catch {
            throw invalid("failed to parse duration \(text): \(error)")
        }
        if interval < 0 {
            throw invalid("the interval of \(text) is negative; a schedule cannot run backwards")
        }
        return interval
    }

    private static func invalid(_ reason: String) -> InvalidField {
        InvalidField("schedule", reason)
    }
}
