// Computes when schedules are due, by this machine's time zone rules and without a server.

import EventLog
import Jobs

/// Computes when schedules are due. Caches the time zones it has read.
struct Forecast {
    /// The most occurrences in an answer.
    private let count: Int
    /// The instant from which relative times are counted.
    private let now: Timestamp
    private let zones: any ZoneSource
    /// The default start of an answer.
    private var start: Timestamp
    private var tables: ZoneTables = [:]
    /// The last schedule parsed: lists often repeat the same schedule.
    private var latest: (text: String, schedule: Schedule)?

    init(count: Int, now: Timestamp, zones: any ZoneSource) {
        self.count = count
        self.now = now
        self.zones = zones
        start = now
    }

    /// The occurrences of a schedule.
    struct Answer {
        let start: Timestamp
        /// The name of the zone and its rules; `nil` for UTC.
        let zone: (name: String, table: ZoneTable)?
        /// The occurrences, ascending.
        let next: [Timestamp]
        let end: End?
    }

    /// Why there are fewer occurrences than asked for.
    enum End {
        /// Each occurrence is at the same instant as the one before.
        case repeatsItself
        /// There is none within the search window after the last.
        case nothingMore
    }

    /// Sets the default start of answers to `text`, a point in time, if given.
    mutating func start(at text: String?) throws(Refusal) {
        if let text { start = try instant(text) }
    }

    /// The occurrences after `from`, a point in time, or after the default start.
    mutating func answer(_ text: String, from: String? = nil) throws(Refusal) -> Answer {
        let schedule = try schedule(text)
        let start = try from.map(instant) ?? start
        let zone = try schedule.zone.map { name throws(Refusal) in
            (name: name, table: try table(of: name))
        }
        var next: [Timestamp] = []
        var last = start
        while next.count < count {
            guard let instant = schedule.next(after: last, in: tables) else {
                return Answer(start: start, zone: zone, next: next, end: .nothingMore)
            }
            next.append(instant)
            if instant == last {
                return Answer(start: start, zone: zone, next: next, end: .repeatsItself)
            }
            last = instant
        }
        return Answer(start: start, zone: zone, next: next, end: nil)
    }

    private mutating func schedule(_ text: String) throws(Refusal) -> Schedule {
        if let latest, latest.text == text { return latest.schedule }
        guard text.utf8.count <= JobLimits.scheduleTextBytesMax else {
            let limit = JobLimits.scheduleTextBytesMax
            let reason = "is \(text.utf8.count) bytes long; at most \(limit) fit"
            throw .invalid(InvalidField("schedule", reason))
        }
        let schedule: Schedule
        do {
            schedule = try Schedule.parse(text)
        } catch {
            throw .invalid(error)
        }
        latest = (text, schedule)
        return schedule
    }

    private func instant(_ text: String) throws(Refusal) -> Timestamp {
        let instant: Timestamp
        do throws(InvalidField) {
            instant = try PointInTime.parse(text, field: "from").resolve(from: now)
        } catch {
            throw .invalid(error)
        }
        // A job may be due beyond the range; what is due after that cannot be computed.
        guard instant > Timestamp.earliest.clampedAdding(nanoseconds: 1), instant < .latest else {
            throw .invalid(
                InvalidField("from", "must lie between 1677-09-22 and 2262-04-11"))
        }
        return instant
    }

    private mutating func table(of zone: String) throws(Refusal) -> ZoneTable {
        if let table = tables[zone] { return table }
        do throws(ZoneSourceError) {
            let table = try zones.rules(of: zone).table()
            tables[zone] = table
            return table
        } catch {
            switch error {
            case .unavailable(let detail): throw .noZones(detail: detail)
            case .unknown, .unreadable:
                throw .invalid(
                    InvalidField("schedule", "provided bad location \(zone): \(error)"))
            }
        }
    }
}

/// Why there is no answer.
enum Refusal: Error {
    /// The server would reject it too.
    case invalid(InvalidField)
    /// A zone is needed, and this machine has none at all.
    case noZones(detail: String)
}

extension Refusal: CustomStringConvertible {
    /// One line that is safe to show.
    var description: String {
        switch self {
        case .invalid(let fault): shown("\(fault.field): \(fault.reason)")
        case .noZones(let detail): shown(detail)
        }
    }

    /// Reasons quote the schedule, which must not be cut.
    private func shown(_ text: String) -> String {
        SafeText.shown(text, limit: 4 * JobLimits.scheduleTextBytesMax)
    }
}
