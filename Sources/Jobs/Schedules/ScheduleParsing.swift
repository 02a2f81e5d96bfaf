// Schedule texts: "@every" with a Go duration, or named schedules and cron expressions of six
// fields, optionally preceded by a time zone. Dapr: kit cron/parser.go, whose wording the errors
// keep.

extension Schedule {
    /// The schedule that `text` describes. Throws for the field "schedule", saying what is wrong
    /// and where.
    ///
    /// A negative interval is rejected here; an interval of 0, an expression that never matches,
    /// and an unknown time zone are not.
    package static func parse(_ text: String) throws(InvalidField) -> Schedule {
        if text.isEmpty { throw invalid("empty spec string") }
        for prefix in ["CRON_TZ=", "TZ="] where text.utf8.starts(with: prefix.utf8) {
            return try parseZoned(text, prefix: prefix)
        }
        return try parse(text, in: nil)
    }

    /// Parses the prefix, a zone's name, white space, and a schedule. An empty name is UTC, as in
    /// Go.
    private static func parseZoned(_ text: String, prefix: String) throws(InvalidField)
        -> Schedule
    {
        let scalars = text.unicodeScalars
        guard let gap = scalars.firstIndex(where: \.properties.isWhitespace) else {
            throw invalid("timezone prefix \(text) is not followed by a schedule")
        }
        let zone = String(scalars[..<gap].dropFirst(prefix.unicodeScalars.count))
        if let fault = ZoneName.fault(in: zone) {
            throw invalid("provided bad location \(zone): \(fault)")
        }
        var rest = scalars[gap...].drop(while: \.properties.isWhitespace)
        while rest.last?.properties.isWhitespace ?? false { rest.removeLast() }
        if rest.starts(with: every.unicodeScalars) {
            throw invalid(
                "timezone is not supported for @every schedules: an interval is the same everywhere"
            )
        }
        let isUTC = zone.isEmpty || zone == "UTC"
        return try parse(String(rest), in: isUTC ? nil : zone)
    }

    private static func parse(_ text: String, in zone: String?) throws(InvalidField) -> Schedule {
        guard text.utf8.first == UInt8(ascii: "@") else {
            return .cron(try CronParser.parse(text), zone: zone)
        }
        if text.utf8.starts(with: every.utf8) {
            let duration = Substring(text.utf8.dropFirst(every.utf8.count))
            return .every(nanoseconds: try parseInterval(duration, in: text))
        }
        guard let expression = named[text] else {
            throw invalid(
                "unrecognized descriptor: \(text) (expected @yearly, @annually, @monthly, @weekly,"
                    + " @daily, @midnight, @hourly or @every with a duration such as 1h30m)")
        }
        return .cron(try CronParser.parse(expression), zone: zone)
    }

    private static let every = "@every "
    private static let named = [
        "@yearly": "0 0 0 1 1 *", "@annually": "0 0 0 1 1 *", "@monthly": "0 0 0 1 * *",
        "@weekly": "0 0 0 * * 0", "@daily": "0 0 0 * * *", "@midnight": "0 0 0 * * *",
        "@hourly": "0 0 * * * *",
    ]

    /// The interval after "@every " in `text`, in nanoseconds.
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
