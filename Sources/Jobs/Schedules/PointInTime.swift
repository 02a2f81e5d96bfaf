// Due times and ttls as callers write them: an instant (RFC 3339), or a span from "now" (a Go
// duration, or an ISO 8601 one). The forms are tried in that order. Dapr: go-etcd-cron
// internal/scheduler/builder.go, parsePointInTime.

package import EventLog

package enum PointInTime: Equatable, Sendable {
    /// An instant in the years 0 to 9999, a wider range than a `Timestamp`'s: whole seconds since
    /// 1970-01-01T00:00:00Z, and 0 to 999,999,999 nanoseconds after them.
    case absolute(seconds: Int64, nanoseconds: Int32)
    /// A span after an instant known later; may be negative.
    case relative(nanoseconds: Int64)
    /// A span after an instant known later, by the calendar in UTC; may be negative.
    case relativeByCalendar(ISODuration)

    /// Throws for `field` if `text` is none of the three forms.
    package static func parse(_ text: String, field: String) throws(InvalidField) -> PointInTime {
        if let instant = InstantParser.parse(text) { return instant }
        do {
            return .relative(nanoseconds: try GoDuration.parse(text))
        } catch .overflow(let text) {
            throw notRecognized(field, because: GoDurationError.overflow(text).description)
        } catch {
            return .relativeByCalendar(try calendarDuration(text, field: field))
        }
    }

    private static func calendarDuration(
        _ text: String, field: String
    ) throws(InvalidField) -> ISODuration {
        do {
            return try ISODuration.parse(text)
        } catch {
            switch error {
            case .malformed:
                throw notRecognized(
                    field,
                    because: "expected an RFC 3339 time such as 2030-01-31T08:00:00Z, a duration"
                        + " such as 1h30m (units ns, us, ms, s, m, h), or an ISO 8601 duration"
                        + " such as P1DT12H (without fractions)")
            case .tooLong:
                throw notRecognized(
                    field,
                    because: "the ISO 8601 duration is too long: each number, the days together and"
                        + " the time part in nanoseconds must fit in 64 bits")
            case .repeated:
                throw InvalidField(field, "repeats not supported for \(name(of: field))")
            }
        }
    }

    package var isRelative: Bool {
        switch self {
        case .absolute: false
        case .relative, .relativeByCalendar: true
        }
    }

    /// The instant, counted from `start`, or the nearest that can be held: beyond the range of
    /// `Timestamp` it is `latest` (never due), before the range the nanosecond after `earliest`
    /// (long past, and so due at once).
    package func resolve(from start: Timestamp) -> Timestamp {
        let first = Int128(Int64.min + 1)
        return Timestamp(nanoseconds: Int64(clamping: max(first, instant(from: start))))
    }

    /// The instant as an expiry: `nil` (never) beyond the range of `Timestamp`.
    package func resolveExpiry(from start: Timestamp) -> Timestamp? { resolve(from: start).ifEver }

    /// Whether this ttl ends before `due`, a due time counted from `start`. Instants are compared as
    /// they were written, even those outside the range of `Timestamp`.
    package func ends(before due: PointInTime, from start: Timestamp) -> Bool {
        guard isRelative else { return instant(from: start) < due.instant(from: start) }
        let dueInstant = due.resolve(from: start)
        return instant(from: dueInstant) < Int128(dueInstant.rawValue)
    }

    /// Nanoseconds since 1970. The sums cannot overflow: the first two add 64-bit numbers scaled by
    /// at most 1e9.
    private func instant(from start: Timestamp) -> Int128 {
        switch self {
        case .absolute(let seconds, let nanoseconds):
            Int128(seconds) * Int128(Timestamp.nanosecondsPerSecond) + Int128(nanoseconds)
        case .relative(let nanoseconds):
            Int128(start.rawValue) + Int128(nanoseconds)
        case .relativeByCalendar(let duration):
            duration.instant(after: start)
        }
    }

    private static func notRecognized(_ field: String, because reason: String) -> InvalidField {
        InvalidField(field, "\(name(of: field)) format not recognized: \(reason)")
    }

    /// The field's name in Dapr's errors.
    private static func name(of field: String) -> String {
        field == "dueTime" ? "due time" : field
    }
}

/// Reads RFC 3339 as Go's time.Parse does: an hour of one digit and a comma before the fraction are
/// accepted; digits after the ninth are cut; there are no leap seconds; letters must be upper case;
/// the offset is required.
private struct InstantParser {
    private var rest: Substring.UTF8View

    /// `nil` if `text` is not an instant.
    static func parse(_ text: String) -> PointInTime? {
        var parser = InstantParser(rest: Substring(text).utf8)
        return parser.instant()
    }

    private mutating func instant() -> PointInTime? {
        guard let year = number(digits: 4), take("-"), let month = number(digits: 2), take("-"),
            let day = number(digits: 2), take("T"), let hour = hour(), take(":"),
            let minute = number(digits: 2), take(":"), let second = number(digits: 2),
            let nanoseconds = fraction(), let offset = offset(), rest.isEmpty,
            (1...12).contains(month),
            (1...CivilCalendar.daysInMonth(month, of: year)).contains(day),
            hour < 24, minute < 60, second < 60
        else { return nil }
        let days = CivilCalendar.days(to: CivilDate(year: year, month: month, day: day))
        let seconds = ((days * 24 + hour) * 60 + minute) * 60 + second - offset
        return .absolute(seconds: Int64(seconds), nanoseconds: nanoseconds)
    }

    private mutating func hour() -> Int? {
        number(digits: 2) ?? number(digits: 1)
    }

    /// Nanoseconds; 0 if there is no fraction. A point without a digit after it is not consumed,
    /// and so rejected later.
    private mutating func fraction() -> Int32? {
        let point = rest.first
        guard point == UInt8(ascii: ".") || point == UInt8(ascii: ",") else { return 0 }
        let digits = rest.dropFirst().prefix { Self.digit($0) != nil }
        if digits.isEmpty { return nil }
        rest = rest[digits.endIndex...]
        var nanoseconds: Int32 = 0
        var scale: Int32 = 100_000_000
        for byte in digits.prefix(9) {
            nanoseconds += Int32(Self.digit(byte) ?? 0) * scale
            scale /= 10
        }
        return nanoseconds
    }

    /// Seconds east of UTC. Go accepts 24 hours and 60 minutes.
    private mutating func offset() -> Int? {
        if take("Z") { return 0 }
        let isWest = rest.first == UInt8(ascii: "-")
        guard isWest || rest.first == UInt8(ascii: "+") else { return nil }
        rest.removeFirst()
        guard let hours = number(digits: 2), take(":"), let minutes = number(digits: 2),
            hours <= 24, minutes <= 60
        else { return nil }
        let seconds = (hours * 60 + minutes) * 60
        return isWest ? -seconds : seconds
    }

    /// The number of exactly `count` digits at the front, or `nil` with nothing consumed.
    private mutating func number(digits count: Int) -> Int? {
        let text = rest.prefix(count)
        guard text.count == count else { return nil }
        var number = 0
        for byte in text {
            guard let digit = Self.digit(byte) else { return nil }
            number = number * 10 + digit
        }
        rest = rest[text.endIndex...]
        return number
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard rest.first == UInt8(ascii: character) else { return false }
        rest.removeFirst()
        return true
    }

    private static func digit(_ byte: UInt8) -> Int? {
        let digit = Int(byte) - Int(UInt8(ascii: "0"))
        return (0...9).contains(digit) ? digit : nil
    }
}
