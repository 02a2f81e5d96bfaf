import ArgumentParser
import EventLog
import EventText
import JobState
import Jobs
import SchedulerCore

struct DiffCommand: ReadingVerb {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Shows what became of the jobs between two instants.",
        discussion: """
            Compares the jobs as `state` shows them at A and at B: created, deleted, replaced by \
            another definition, or moved on to another tick, attempt or phase. Jobs that came and \
            went between the two are not shown; `export` has all of it. A and B are sequence \
            numbers of records, or instants as RFC 3339 writes them, and mean ends of turns as \
            they do for `state`.

            What has the deployment at noon changed?

              daybook-replay diff --data-dir daybook-data 2026-11-22T11:59:00Z 2026-11-22T12:05:00Z

            Ends with 0 when all is printed, even if nothing has changed, 2 wrong usage, or there \
            is no such record, 3 the log cannot be opened, 4 it is damaged before B; 6 the disk \
            failed, 7 the log was written by a newer Daybook.
            """)

    @OptionGroup var log: LogOptions
    @OptionGroup var jobs: JobOptions

    @Option(name: .shortAndLong, help: "How to print the changes.")
    var output = RowFormat.table

    @Argument(
        help: ArgumentHelp("The earlier record or instant.", valueName: "a"),
        transform: LogPoint.given)
    var before: LogPoint

    @Argument(
        help: ArgumentHelp("The later record or instant.", valueName: "b"),
        transform: LogPoint.given)
    var after: LogPoint

    func read(into output: inout ReadingOutput) throws {
        let reading = try LogReading(of: log.dataDir)
        let (first, last) = (try reading.turn(at: before), try reading.turn(at: after))
        guard first.last <= last.last else {
            throw ReadingRefusal(
                usage: "A ends with record \(first.last), which is behind B's \(last.last).")
        }
        var fold = try StateFold(upTo: first, of: reading, in: log.dataDir)
        output.expect(behind: fold.seal.last, upTo: last.last)
        try fold.advance(to: first, of: reading, &output)
        let projection = fold.projection
        try fold.advance(to: last, of: reading, &output)
        try show(projection, fold.projection, &output)
    }

    private func show(
        _ before: JobProjection, _ after: JobProjection, _ output: inout ReadingOutput
    ) throws(LogError) {
        var writer = RowWriter(
            self.output, columns: JobChange.columns,
            table: TextTable(
                ["CHANGE", "APP", "NAME", "NEXT DUE", "PHASE", "TICKS"], elastic: [1, 2, 3]),
            width: log.columns)
        writer.begin(&output.bytes)
        let filter = jobs.filter
        let gone = before.jobs(filter).filter { after.names[$0] == nil }
        for id in (after.jobs(filter) + gone).sorted() {
            guard let change = try JobChange(of: id, from: before, to: after) else { continue }
            writer.append(change.cells, texts: change.texts, to: &output.bytes)
            output.flushIfFull()
        }
        writer.end(&output.bytes)
    }
}

/// What happened to a job.
private enum JobChange {
    case created(PastJob)
    case deleted(PastJob)
    case replaced(PastJob, by: PastJob)
    case moved(PastJob, to: PastJob)

    /// `nil` if it has not changed.
    init?(
        of id: JobID, from before: JobProjection, to after: JobProjection
    ) throws(LogError) {
        switch (try PastJob(id, in: before), try PastJob(id, in: after)) {
        case (nil, nil): return nil
        case (nil, let new?): self = .created(new)
        case (let old?, nil): self = .deleted(old)
        case (let old?, let new?) where old.generation != new.generation:
            self = .replaced(old, by: new)
        case (let old?, let new?):
            guard old.row != new.row else { return nil }
            self = .moved(old, to: new)
        }
    }

    static let columns =
        ["change"] + JobID.columns
        + sides.flatMap { side in
            ["generation", "phase", "ticksDone", "attempt", "lastDue", "nextDue"].map { $0 + side }
        }

    private static let sides = ["Before", "After"]

    private var name: String {
        switch self {
        case .created: "created"
        case .deleted: "deleted"
        case .replaced: "replaced"
        case .moved: "moved"
        }
    }

    private var before: PastJob? {
        switch self {
        case .created: nil
        case .deleted(let old), .replaced(let old, _), .moved(let old, _): old
        }
    }

    private var after: PastJob? {
        switch self {
        case .deleted: nil
        case .created(let new), .replaced(_, let new), .moved(_, let new): new
        }
    }

    private var id: JobID? { (after ?? before)?.id }

    var cells: [Cell] {
        [Cell("change", .text(name))] + (id?.cells ?? [])
            + zip(JobChange.sides, [before, after]).flatMap { side, job in
                job.map { JobChange.cells(of: $0, side) } ?? []
            }
    }

    private static func cells(of job: PastJob, _ side: String) -> [Cell] {
        let status = job.status
        return [
            Cell("generation" + side, .count(job.generation.rawValue)),
            Cell("phase" + side, .text(status.phase.rawValue)),
            Cell("ticksDone" + side, .count(status.ticksDone)),
            Cell("attempt" + side, .count(UInt64(status.attempt))),
            Cell("lastDue" + side, status.lastDue.map(FieldValue.instant)),
            Cell("nextDue" + side, status.nextDue.map(FieldValue.instant)),
        ].compactMap(\.self)
    }

    var texts: [String] {
        [
            name, id?.owner ?? "", id?.name ?? "",
            text { $0.status.nextDue.map(InstantText.utc) ?? "none" },
            text { $0.status.phase.rawValue }, text(\.ticks),
        ]
    }

    /// The text before and after, or only one if they are equal.
    private func text(_ part: (PastJob) -> String) -> String {
        let parts = [before, after].compactMap(\.self).map(part)
        guard let old = parts.first, let new = parts.last, old != new else { return parts[0] }
        return "\(old) → \(new)"
    }
}
