import Audit
import EventLog
import EventText
import Jobs

/// An audit's report for spreadsheets: one row for each item listed. Durations are in nanoseconds;
/// `from` and `to` are the ends of spans, `at` is the instant of an attempt.
struct AuditRows {
    static let columns =
        ["kind", "reason"] + JobID.columns + [
            "generation", "tick", "attempt", "trigger", "again", "at", "from", "to", "fromRecord",
            "toRecord", "duration", "unexcused", "isOpen", "isAllowed", "isSure", "count", "bootID",
            "softwareVersion", "sequences", "explanation",
        ]

    private(set) var rows: [[Cell]] = []

    init(_ report: AuditReport) {
        let (stories, uptime) = (report.stories, report.uptime)
        add("finding", report.findings.map(Self.cells), of: report.findingCounts.total)
        add(
            "possibleDuplicate", report.possibleDuplicates.map(Self.cells),
            of: report.possibleDuplicateCounts.total)
        add("lateTrigger", stories.lateTriggers.map(Self.cells), of: stories.lateTriggerCount)
        add("pending", report.pending.map(Self.cells), of: report.pendingCounts.total)
        add("writer", uptime.writers.map(Self.cells), of: uptime.writerCount)
        let outages = [
            ("downtime", uptime.downtimes), ("silence", uptime.silences),
            ("absence", uptime.absences),
        ]
        for (kind, list) in outages { add(kind, list.listed.map(Self.cells), of: list.count) }
        for app in stories.apps {
            for (story, count) in app.counts.all where count > 0 {
                rows.append(
                    [Cell("kind", .text("story")), Cell("reason", .text("\(story)"))]
                        + app.route.cells + [Cell("count", .count(UInt64(count)))])
            }
        }
    }

    /// `count` is the number of items, listed or not.
    private mutating func add(_ kind: String, _ listed: [[Cell]], of count: Int) {
        rows += listed.map { [Cell("kind", .text(kind))] + $0 }
        guard count > listed.count else { return }
        rows.append([
            Cell("kind", .text("unlisted")), Cell("reason", .text(kind)),
            Cell("count", .count(UInt64(count - listed.count))),
        ])
    }

    private static func cells(_ finding: Finding) -> [Cell] {
        let job = finding.job?.cells ?? []
        return [Cell("reason", .text("\(finding.kind)"))] + job
            + [
                Cell("generation", finding.generation.map { .count($0.rawValue) }),
                Cell("tick", finding.tick.map(FieldValue.count)),
                Cell("sequences", .counts(finding.sequences.map(\.rawValue))),
                Cell("explanation", .text(finding.explanation)),
            ].compactMap(\.self)
    }

    private static func cells(_ duplicate: PossibleDuplicate) -> [Cell] {
        [Cell("reason", .text("\(duplicate.cause)"))] + duplicate.job.cells
            + [
                Cell("generation", .count(duplicate.generation.rawValue)),
                Cell("tick", .count(duplicate.tick)),
                Cell("trigger", duplicate.first.map { .count($0.sequence.rawValue) }),
                Cell("again", .count(duplicate.again.sequence.rawValue)),
                Cell("isAllowed", .flag(duplicate.isAllowed)),
                Cell("isSure", .flag(duplicate.isSure)),
            ].compactMap(\.self)
    }

    private static func cells(_ late: LateTrigger) -> [Cell] {
        [Cell("reason", .text("\(late.cause)"))] + late.job.cells + [
            Cell("generation", .count(late.generation.rawValue)),
            Cell("tick", .count(late.tick)),
            Cell("attempt", .count(UInt64(late.attempt))),
            Cell("trigger", .count(late.trigger.sequence.rawValue)),
            Cell("at", .instant(late.at)),
            Cell("duration", .integer(late.lateness.inNanoseconds)),
            Cell("unexcused", .integer(late.unexcused.inNanoseconds)),
        ]
    }

    private static func cells(_ pending: PendingTick) -> [Cell] {
        [Cell("reason", .text("\(pending.reason)"))] + pending.job.cells
            + [
                Cell("generation", .count(pending.generation.rawValue)),
                Cell("tick", .count(pending.tick)),
                Cell("trigger", pending.trigger.map { .count($0.sequence.rawValue) }),
                Cell("at", .instant(pending.at)),
            ].compactMap(\.self)
    }

    private static func cells(_ writer: WriterSpan) -> [Cell] {
        [Cell("reason", .text("\(writer.end)"))] + cells(from: writer.opened, to: writer.seen) + [
            Cell("bootID", .text("\(writer.bootID)")),
            Cell("softwareVersion", .text(writer.softwareVersion)),
        ]
    }

    private static func cells(_ outage: Outage) -> [Cell] {
        (outage.app?.cells ?? []) + cells(from: outage.from, to: outage.to) + [
            Cell("duration", .integer(outage.length.inNanoseconds)),
            Cell("isOpen", .flag(outage.isOpen)),
        ]
    }

    private static func cells(from: LogMoment, to: LogMoment) -> [Cell] {
        [
            Cell("from", .instant(from.time)), Cell("to", .instant(to.time)),
            Cell("fromRecord", .count(from.sequence.rawValue)),
            Cell("toRecord", .count(to.sequence.rawValue)),
        ]
    }
}

extension RouteKey {
    /// Namespace, and app or actor type.
    fileprivate var cells: [Cell] {
        [
            Cell(Field.namespace.rawValue, .text(namespace)),
            Cell((isApp ? Field.app : .actorType).rawValue, .text(receiverName)),
        ]
    }
}
