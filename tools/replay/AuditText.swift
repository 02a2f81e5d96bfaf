import Audit
import EventLog
import Jobs

/// An audit's report for people: what there was, then one line a finding.
struct AuditText {
    let lines: [String]

    init(_ report: AuditReport) {
        let totals = report.totals
        var rows: [(name: String, text: String)] = [
            ("records", "\(totals.records)"),
            (
                "jobs",
                "\(totals.jobsCreated) created, \(totals.jobsUpdated) replaced, "
                    + "\(totals.jobsDeleted) deleted, \(report.jobsLive) live"
            ),
            (
                "ticks",
                "\(totals.ticks) triggered, \(totals.ticksSkipped) skipped, "
                    + "\(totals.ticksRescheduled) rescheduled"
            ),
            ("triggers", "\(totals.triggers)"),
            ("acknowledged", Self.show(totals.acknowledgements)),
            ("pending", Self.show(report.pendingCounts)),
            ("possible duplicates", Self.show(report.possibleDuplicateCounts)),
            ("findings", Self.show(report.findingCounts)),
        ]
        if totals.ticksConsumedByNotFound > 0 {
            rows.insert(
                ("consumed by 404", "\(totals.ticksConsumedByNotFound) ticks: no handler"), at: 5)
        }
        if let head = report.head {
            rows.insert(
                (
                    "head",
                    "record \(head.last), decided up to \(head.decidedThrough.inUTC), digest "
                        + head.digest.hexadecimal
                ), at: 0)
        }
        var lines = Printing.lines(rows)
        lines += report.findings.map(Self.line)
        let rest = report.findingCounts.total - report.findings.count
        if rest > 0 { lines.append("… and \(rest) more") }
        self.lines = lines
    }

    private static func line(_ finding: Finding) -> String {
        var parts = ["\(finding.kind)"]
        if let job = finding.job { parts.append(job.shown) }
        if let generation = finding.generation { parts.append("generation \(generation)") }
        if let tick = finding.tick { parts.append("tick \(tick)") }
        parts.append(finding.sequences.map { "#\($0)" }.joined(separator: " "))
        return parts.joined(separator: " ") + ": " + finding.explanation.escaped
    }

    /// The total, then the cases that occurred.
    private static func show<Case>(_ tally: Tally<Case>) -> String {
        let parts = tally.all.filter { $0.count > 0 }.map { "\($0.count) \($0.key)" }
        return parts.isEmpty ? "0" : "\(tally.total) (\(parts.joined(separator: ", ")))"
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
