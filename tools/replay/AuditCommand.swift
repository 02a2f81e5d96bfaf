import ArgumentParser
import Audit
import EventLog
import EventText
import Jobs
import Synchronization

struct AuditCommand: ReadingVerb {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "Judges the whole history: was a tick missed, late, doubled, and why?",
        discussion: """
            Recomputes the digest chain and checks every event against all before it, by a model \
            of its own. Every tick that came due has one story: it ran on time or late, was \
            skipped, given up or withdrawn with its job, is pending, was missed, or cannot be \
            explained. A tick is late from a second on; the events show what held it. Times in \
            which no scheduler ran, one was silent or an app was away are listed too.

              daybook-replay audit --data-dir daybook-data

            Was anything ever more than 5 s late although nothing stood in its way?

              daybook-replay audit --data-dir daybook-data --max-late 5s

            Was a tick of the shop missed that was due on Monday?

              daybook-replay audit --data-dir daybook-data --app shop \
            --from 2026-11-23T00:00:00Z --to 2026-11-24T00:00:00Z

            Judging needs the past: all of the log is read and judged up to --to, as if it ended \
            with the turn that holds that record, or with the last turn taken by that instant. \
            Only ticks due at --from or later, of the selected jobs, are reported and counted, and \
            decide the exit code. For --from, a record stands for its time. What is not about a \
            tick is selected by when it was recorded. Times in which something was away are \
            reported whole if they ended then or later; absences only of apps with a selected job. \
            A finding that names no job may concern any job, and is always reported.

            For programs, json is one object with all counts. jsonl and csv have one row for each \
            finding, possibleDuplicate, lateTrigger, pending tick, writer, downtime, silence and \
            absence, named by its kind; one row of kind story for each story of an app, with the \
            count of its ticks; and one row of kind unlisted for each list that was too long, with \
            the kind as its reason.

            Ends with 0 if nothing was missed, forbidden or unexplained, 1 if something was, or, \
            with --max-late, later than that without an excuse, or, with --fail-on, given up or \
            without a handler, 2 wrong usage, or the log has never had a selected job, 3 the log \
            cannot be opened or is locked, 4 it is damaged, 6 the disk failed, 7 it was written \
            by a newer Daybook.
            """)

    @OptionGroup var log: LogOptions
    @OptionGroup var range: RangeOptions
    @OptionGroup var jobs: JobOptions

    @Option(
        help: ArgumentHelp(
            "Lists triggers later than this, such as 500ms or 5s.", valueName: "duration"))
    var maxLate: DurationArgument?

    @Option(
        help: ArgumentHelp(
            """
            Also ends with 1 if there were any of these, with commas: givenUp, ticks that failed \
            as often as their policy allows or that the app refused; notFound, ticks used up by \
            an app that has no handler for the job.
            """, valueName: "what"))
    var failOn: FailOnArgument?

    @Option(name: .shortAndLong, help: "How to print the report.")
    var output = RowFormat.table

    func validate() throws {
        let isBackward =
            switch (range.from, range.to) {
            case (.record(let from)?, .record(let to)?): from > to
            case (.instant(let from)?, .instant(let to)?): from > to
            case (.record?, .instant?), (.instant?, .record?), (nil, _), (_, nil): false
            }
        guard !isBackward else { throw ValidationError("--from lies behind --to.") }
    }

    func read(into output: inout ReadingOutput) throws {
        let reading = try LogReading(of: log.dataDir)
        let end = try reading.turn(at: range.to)
        let filter = jobs.filter
        let from = try from(in: reading)
        var scope = AuditScope(from: from, jobs: nil)
        let hasMatch = Atomic(filter.isEverything)
        if !filter.isEverything {
            scope = AuditScope(from: from) { job in
                guard filter.contains(job) else { return false }
                hasMatch.store(true, ordering: .relaxed)
                return true
            }
        }
        let report = try reading.audit(
            through: end, lateMax: maxLate?.duration, scope: scope, &output)
        if !hasMatch.load(ordering: .relaxed) { try refuseIfUnknown(filter, in: reading) }
        try show(report, &output)
        output.hasFindings = !report.isClean || failOn?.isMet(by: report) == true
    }

    /// An audit of jobs that never were would find nothing, which says nothing.
    private func refuseIfUnknown(_ filter: JobFilter, in reading: borrowing LogReading) throws {
        let known = reading.knownJobs(asking: filter)
        guard !known.hasMatch else { return }
        throw ReadingRefusal(usage: "the log has no job with \(jobs.shown): \(known.hint)")
    }

    /// Throws a `LogError`, or a `ReadingRefusal` for a record after the head.
    private func from(in reading: borrowing LogReading) throws -> Timestamp {
        switch range.from {
        case nil: return .earliest
        case .instant(let instant)?: return instant
        case .record(.zero)?: return .earliest
        case .record(let sequence)?:
            guard let record = try reading.record(sequence) else {
                throw ReadingRefusal(
                    usage: "The log ends at record \(reading.head.last); there is no \(sequence).")
            }
            return record.time
        }
    }

    private func show(_ report: AuditReport, _ output: inout ReadingOutput) throws {
        switch self.output {
        case .table:
            for line in AuditText(report).lines {
                for part in TextWidth.wrapped(line, to: log.columns, indent: Printing.margin) {
                    output.bytes += (part + "\n").utf8
                }
            }
        case .json: output.bytes += (try Printing.json(AuditDocument(report)) + "\n").utf8
        case .jsonl, .csv:
            var writer = RowWriter(
                self.output, columns: AuditRows.columns, table: nil, width: nil)
            writer.begin(&output.bytes)
            for row in AuditRows(report).rows {
                writer.append(row, texts: [], to: &output.bytes)
                output.flushIfFull()
            }
            writer.end(&output.bytes)
        }
    }
}

/// What an audit shall fail on besides what it finds wrong itself.
struct FailOnArgument: ExpressibleByArgument {
    enum Event: String {
        case givenUp
        case notFound
    }

    let events: [Event]

    init?(argument: String) {
        let words = argument.split(separator: ",", omittingEmptySubsequences: false)
        events = words.compactMap { Event(rawValue: String($0)) }
        guard events.count == words.count else { return nil }
    }

    func isMet(by report: AuditReport) -> Bool {
        events.contains { event in
            switch event {
            case .givenUp: report.stories.counts[.givenUp] > 0
            case .notFound: report.totals.ticksConsumedByNotFound > 0
            }
        }
    }
}

/// A duration as Go writes them: `1h30m`, `500ms`; not negative.
struct DurationArgument: ExpressibleByArgument {
    let duration: Duration

    init?(argument: String) {
        guard let nanoseconds = try? GoDuration.parse(argument), nanoseconds >= 0 else {
            return nil
        }
        duration = .nanoseconds(nanoseconds)
    }
}
