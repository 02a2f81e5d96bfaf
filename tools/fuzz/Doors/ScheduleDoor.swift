// Texts that say when: every text is read as a schedule, as a time and as a duration.

import EventLog
import Jobs

enum ScheduleDoor {
    static func enter(_ input: [UInt8]) throws(Breach) -> Door.Verdict {
        guard input.count <= JobLimits.scheduleTextBytesMax else { return .refused }
        let text = String(decoding: input, as: UTF8.self)
        let verdicts = [
            try schedule(text), try time(text), try duration(text), try calendarDuration(text),
        ]
        return verdicts.contains(.accepted) ? .accepted : .refused
    }

    /// Occurrences go forward, and the one after an instant is the one after every instant between.
    private static func schedule(_ text: String) throws(Breach) -> Door.Verdict {
        let read = try Effort.small("to read it") {
            Result { () throws(InvalidField) in try Schedule.parse(text) }
        }
        let schedule: Schedule
        switch read {
        case .success(let lawful): schedule = lawful
        case .failure(let error):
            try Breach.unless(
                error.field == "schedule" && !error.reason.isEmpty, "refused without words")
            return .refused
        }
        for start in instants(of: text) {
            var instant = start
            for _ in 0..<occurrences {
                let search = try Effort.small("to find what follows \(instant.rawValue)") {
                    schedule.next(after: instant, in: zones)
                }
                guard let next = search else { break }
                switch schedule {
                case .every(let nanoseconds):
                    try Breach.unless(
                        nanoseconds >= 0 && next == instant.adding(nanoseconds: nanoseconds),
                        "\(nanoseconds) after \(instant.rawValue) is \(next.rawValue)")
                case .cron:
                    try Breach.unless(
                        next > instant && next.rawValue % Timestamp.nanosecondsPerSecond == 0,
                        "after \(instant.rawValue) comes \(next.rawValue)")
                    let between = [
                        Timestamp(nanoseconds: next.rawValue - 1),
                        Timestamp(nanoseconds: next.rawValue / 2 + instant.rawValue / 2),
                    ]
                    for other in between where other >= instant && other < next {
                        let same = schedule.next(after: other, in: zones)
                        try Breach.unless(
                            same == next,
                            "after \(instant.rawValue) comes \(next.rawValue), after "
                                + "\(other.rawValue) \(same.map { "\($0.rawValue)" } ?? "nothing")")
                    }
                }
                instant = next
            }
        }
        return .accepted
    }

    /// An instant that fits is shown as a text that means it.
    private static func time(_ text: String) throws(Breach) -> Door.Verdict {
        let read = try Effort.small("to read it") {
            Result { () throws(InvalidField) in try PointInTime.parse(text, field: "ttl") }
        }
        let point: PointInTime
        switch read {
        case .success(let lawful): point = lawful
        case .failure(let error):
            try Breach.unless(
                error.field == "ttl" && !error.reason.isEmpty, "refused without words")
            return .refused
        }
        for start in instants(of: text) {
            let expiry = point.resolveExpiry(from: start)
            let instant = try Effort.small("to add it to \(start.rawValue)") {
                point.resolve(from: start)
            }
            try Breach.unless(expiry == instant.ifEver, "as an expiry it is another instant")
            let shown = InstantText.utc(instant)
            let again = try? PointInTime.parse(shown, field: "ttl").resolve(from: start)
            try Breach.unless(again == instant, "\(instant.rawValue) is shown as \(shown)")
        }
        return .accepted
    }

    private static func duration(_ text: String) throws(Breach) -> Door.Verdict {
        do {
            let nanoseconds = try GoDuration.parse(text)
            let shown = GoDuration.text(nanoseconds)
            try Breach.unless(
                (try? GoDuration.parse(shown)) == nanoseconds,
                "\(nanoseconds) is shown as \(shown)")
            return .accepted
        } catch let breach as Breach {
            throw breach
        } catch {
            return .refused
        }
    }

    /// The same read twice.
    private static func calendarDuration(_ text: String) throws(Breach) -> Door.Verdict {
        guard let duration = try? ISODuration.parse(text) else { return .refused }
        try Breach.unless((try? ISODuration.parse(text + "")) == duration, "it is read as another")
        return .accepted
    }

    /// Both ends of time, and others that follow from the text.
    private static func instants(of text: String) -> [Timestamp] {
        var word: UInt64 = 14_695_981_039_346_656_037
        for byte in text.utf8 { word = (word ^ UInt64(byte)) &* 1_099_511_628_211 }
        return [
            .earliest, .latest, Timestamp(nanoseconds: Int64(bitPattern: word)),
            Timestamp(seconds: Int64(word % 5_000_000_000)),
        ]
    }

    private static let occurrences = 3

    private static let zones: ZoneTables = {
        var zones: ZoneTables = [:]
        for name in ["Test/City", "Test/Leaps", "Test/Busy"] {
            zones[name] = try? PlanLaws.zones.rules(of: name).table()
        }
        return zones
    }()
}
