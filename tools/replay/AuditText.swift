import Audit
import EventLog
import EventText
import Jobs

/// An audit's report for people: a summary, then one line for each finding.
struct AuditText {
    /// Maximum number of lines printed of each list other than the findings.
    private static let linesMax = 10

    let lines: [String]

    init(_ report: AuditReport) {
        var lines = Printing.lines(Self.rows(report))
        lines += report.findings.map(Self.line)
        let rest = report.findingCounts.total - report.findings.count
        if rest > 0 { lines.append("… and \(rest) more") }
        lines += Self.lines(report.stories.lateTriggers, of: report.stories.lateTriggerCount) {
            "late \($0.job.shown) generation \($0.generation) tick \($0.tick) attempt"
                + " \($0.attempt) #\($0.trigger.sequence): \($0.lateness.inWords),"
                + " \($0.cause.words)"
        }
        self.lines = lines
    }

    private static func rows(_ report: AuditReport) -> [(name: String, text: String)] {
        let totals = report.totals
        var rows: [(name: String, text: String)] = []
        rows += ends(report)
        rows += [
            ("records", "\(totals.records)"),
            (
                "jobs",
                "\(totals.jobsCreated) created, \(totals.jobsUpdated) replaced, "
                    + "\(totals.jobsDeleted) deleted, \(report.jobsLive) live"
            ),
            ("ticks due", show(report.stories.counts, \.words)),
        ]
        if report.stories.lateCounts.total > 0 {
            rows.append(("late because", show(report.stories.lateCounts, \.words)))
        }
        rows += [
            ("lateness", text(report.stories.lateness)),
            (
                "triggers",
                "\(totals.triggers) for \(totals.ticks.counted("tick")), "
                    + "\(totals.ticksRescheduled.counted("tick")) rescheduled"
            ),
            ("acknowledged", show(totals.acknowledgements) { "\($0)" }),
        ]
        if totals.ticksConsumedByNotFound > 0 {
            let used = totals.ticksConsumedByNotFound.counted("tick")
            rows.append(("no handler", "\(used) used up by a 404 or NOT_FOUND"))
        }
        if totals.clockHolds > 0 || totals.ticksAheadOfClock > 0 {
            rows.append(
                (
                    "clock",
                    "not believed \(totals.clockHolds.counted("time"));"
                        + " \(totals.ticksAheadOfClock.counted("tick")) ran too early, as was seen"
                        + " when it was put back"
                ))
        }
        rows.append(("pending", show(report.pendingCounts, \.words)))
        rows.append(("possible duplicates", duplicates(report)))
        rows += UptimeText(report.uptime).rows
        if let lateMax = report.stories.lateMax {
            rows.append(
                (
                    "over \(lateMax.inWords)",
                    "\(report.stories.lateTriggerCount.counted("trigger")), "
                        + "\(report.stories.inexcusableCount) of them without an excuse"
                ))
        }
        rows.append(("findings", show(report.findingCounts) { "\($0)" }))
        rows.append(("verdict", verdict(report)))
        return rows
    }

    /// Where the log begins, if its beginning has been removed, and where it ends.
    private static func ends(_ report: AuditReport) -> [(name: String, text: String)] {
        var rows: [(name: String, text: String)] = []
        if let origin = report.origin {
            let place = "record \(origin.last), of \(origin.time.inUTC)"
            rows.append(("begins", "behind \(place): what was before is removed"))
        }
        if let head = report.head {
            rows.append(
                (
                    "head",
                    "record \(head.last), decided up to \(head.decidedThrough.inUTC), digest "
                        + head.digest.hexadecimal
                ))
        }
        return rows
    }

    private static func verdict(_ report: AuditReport) -> String {
        if report.findingCounts.total > 0 {
            return "the log shows what should not have been: see the lines below"
        }
        if report.stories.inexcusableCount > 0 {
            return "nothing was missed, but ticks were later than allowed without an excuse"
        }
        return "nothing was missed, forbidden or unexplained"
    }

    private static func text(_ lateness: DurationHistogram) -> String {
        guard lateness.count > 0 else { return "nothing was triggered" }
        let parts = [50, 90, 99].map { "\($0) % within \(lateness.percentile($0).inWords)" }
        return (parts + ["longest \(lateness.longest.inWords)"]).joined(separator: ", ")
    }

    private static func duplicates(_ report: AuditReport) -> String {
        let shown = show(report.possibleDuplicateCounts, \.words)
        guard report.possibleDuplicateCounts.total > 0 else { return shown }
        return "\(shown); \(report.sureDuplicateCount) surely seen twice"
    }

    private static func line(_ finding: Finding) -> String {
        var parts = ["\(finding.kind)"]
        if let job = finding.job { parts.append(job.shown) }
        if let generation = finding.generation { parts.append("generation \(generation)") }
        if let tick = finding.tick { parts.append("tick \(tick)") }
        parts.append(finding.sequences.map { "#\($0)" }.joined(separator: " "))
        return parts.joined(separator: " ") + ": " + finding.explanation.escaped
    }

    private static func lines<Element>(
        _ listed: [Element], of count: Int, _ line: (Element) -> String
    ) -> [String] {
        let lines = listed.prefix(linesMax).map(line)
        return count > lines.count ? lines + ["… and \(count - lines.count) more"] : lines
    }

    /// The total, then the count of each case that occurred.
    private static func show<Case>(
        _ tally: Tally<Case>, _ words: (Case) -> String
    ) -> String {
        let parts = tally.all.filter { $0.count > 0 }.map { "\($0.count) \(words($0.key))" }
        return parts.isEmpty ? "0" : "\(tally.total) (\(parts.joined(separator: ", ")))"
    }
}

/// When writers ran, for people.
private struct UptimeText {
    let rows: [(name: String, text: String)]

    init(_ uptime: UptimeReport) {
        rows = [
            (
                "scheduler",
                "started \(uptime.writerCount.counted("time")), died"
                    + " \(uptime.crashCount.counted("time")), up "
                    + uptime.up.inWords
            ),
            ("down", Self.text(uptime.downtimes)),
            ("silent", Self.text(uptime.silences)),
            ("apps away", Self.text(uptime.absences)),
        ]
    }

    private static func text(_ list: OutageList) -> String {
        guard let longest = list.longest else { return "never" }
        let app = longest.app.map { "\($0.shown) " } ?? ""
        return "\(list.count.counted("time")), \(list.total.inWords) in all; longest: \(app)"
            + "\(longest.from.time.inUTC) to \(longest.to.time.inUTC)"
            + (longest.isOpen ? ", where the log ends" : "")
    }
}

extension JobID {
    /// Namespace, app or actor, and name, safe to print.
    var shown: String {
        let middle =
            switch target {
            case .app(let appID): appID
            case .actor(let type, let id): "\(type)/\(id)"
            }
        return "\(namespace)/\(middle)/\(name)".escaped
    }
}
