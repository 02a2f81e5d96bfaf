import EventLog
import EventText

/// A verification's report for people: what was checked, then the findings.
struct VerifyText {
    let lines: [String]

    init(_ report: VerifyReport) {
        let checked = report.checked
        var rows: [(name: String, text: String)] = []
        if let log = report.log, let created = report.created {
            rows.append(("log", "\(log), made \(created)"))
            if let segments = report.segments, segments > 1 {
                rows.append(("segments", "\(segments)"))
            }
        }
        if let base = report.base {
            let recorded = base.recorded.map { "recorded by turn \($0)" } ?? "not recorded"
            rows.append(
                (
                    "begins",
                    "behind record \(base.last), of \(base.time): what was before is removed, "
                        + recorded
                ))
            rows.append(("base", base.digest))
        }
        if let head = report.head {
            rows.append(
                (
                    "head",
                    "\(head.last):\(head.digest), decided up to \(head.decidedThrough)"
                ))
        }
        rows += [
            (
                "records",
                "\(checked.records) in \(checked.turns.counted("turn")),"
                    + " \(checked.recordBytes.counted("byte"))"
            ),
            ("payloads", "\(checked.payloads), \(checked.payloadBytes.counted("byte"))"),
            ("down", Self.text(report.clock.downtimes, report.clock.longestDowntimeSeconds)),
            ("silent", Self.text(report.clock.silences, report.clock.longestSilenceSeconds)),
            ("clock", "set back \(report.clock.setBack.counted("time"))"),
        ]
        if let checkpoint = report.checkpoint {
            rows.append(("checkpoint", Self.text(checkpoint)))
        }
        if let noted = report.notedHead {
            rows.append(("noted head", Self.text(noted, report)))
        }
        rows.append(("verdict", Self.verdict(report)))
        lines =
            Printing.lines(rows)
            + report.findings.map { "\($0.kind.rawValue): \($0.explanation.escaped)" }
            + (report.findingCount > report.findings.count
                ? ["… and \(report.findingCount - report.findings.count) more"] : [])
    }

    private static func text(_ count: Int, _ longestSeconds: Int64) -> String {
        count == 0
            ? "never" : "\(count.counted("time")), \(longestSeconds) s at the longest"
    }

    private static func text(_ checkpoint: CheckpointReport) -> String {
        let place = checkpoint.last.map { "stands on record \($0)" } ?? ""
        return switch checkpoint.state {
        case .none: "none"
        case .unusable: "cannot be used"
        case .notCompared: "\(place); not compared"
        case .equal: "\(place); with what came after it, it is the state of the log"
        case .different: "\(place); with what came after it, it is not the state of the log"
        }
    }

    private static func text(_ noted: VerifyReport.Noted, _ report: VerifyReport) -> String {
        guard let last = noted.last else {
            return report.damage == nil ? "not in this log" : "not among what was checked"
        }
        guard let head = report.head, head.last > last else { return "still the head" }
        return "record \(last); the log has grown by \((head.last - last).counted("record")) since"
    }

    private static func verdict(_ report: VerifyReport) -> String {
        guard let damage = report.damage else {
            return report.isClean ? "sound" : report.findingCount.counted("finding")
        }
        let place = damage.sequence.map { " at record \($0)" } ?? ""
        let trust = report.trustworthy.map { "records up to \($0.last) are what was written" }
        return "damaged\(place): \(damage.detail.escaped); \(trust ?? "nothing can be relied on")"
    }
}
