// Output of an answer: a table for people, JSON for programs.

import EventLog
import Jobs

extension Forecast.Answer {
    /// One line per occurrence: its number, the instant in UTC and, if there is a zone, the local
    /// time there.
    var table: String {
        var rows = [["", "UTC"] + (zone.map { [$0.name] } ?? [])]
        for (index, instant) in next.enumerated() {
            rows.append(
                ["\(index + 1)", InstantText.utc(instant)] + (local(instant).map { [$0] } ?? []))
        }
        let numberWidth = rows.map(\.[0].count).max() ?? 0
        let width = rows.map(\.[1].count).max() ?? 0
        return rows.map { row in
            let number = String(repeating: " ", count: numberWidth - row[0].count) + row[0]
            guard row.count == 3 else { return "\(number)  \(row[1])\n" }
            let gap = String(repeating: " ", count: width - row[1].count + 2)
            return "\(number)  \(row[1])\(gap)\(row[2])\n"
        }.joined()
    }

    private func local(_ instant: Timestamp) -> String? {
        zone.map { zone in
            // Cron expressions are due at whole seconds.
            let second = instant.rawValue / Timestamp.nanosecondsPerSecond
            return InstantText.local(instant, offset: zone.table.period(at: second).offset)
        }
    }

    /// One object on one line. `schedule` is the requested schedule.
    func json(of schedule: String) -> String {
        let times = next.map { "\"\(InstantText.utc($0))\"" }.joined(separator: ",")
        return "{\"schedule\":\(JSONString.quoted(schedule)),\"from\":\"\(start.inUTC)\","
            + "\"zone\":\(JSONString.quoted(zone?.name ?? "UTC")),\"next\":[\(times)]}\n"
    }
}
