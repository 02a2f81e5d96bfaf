import ArgumentParser
import EventLog
import EventText
import Jobs
import SchedulerCore

struct StateCommand: ReadingVerb {
    static let configuration = CommandConfiguration(
        commandName: "state",
        abstract: "Shows the jobs that were there at an instant, and how far each had come.",
        discussion: """
            The events up to then are folded as the server folds them. --at takes the sequence \
            number of a record, or an instant as RFC 3339 writes it, and means the end of a turn: \
            of the one that holds the record, or of the last one that was taken then or earlier by \
            the clock of the machine that wrote them. Without it the jobs are shown as they are.

            The jobs of an app last Monday at eight:

              daybook-replay state --data-dir daybook-data --at 2026-11-16T08:00:00Z --app shop

            All jobs right before record 4711, for a program:

              daybook-replay state --data-dir daybook-data --at 4710 -o jsonl

            Ends with 0 when all is printed, even if there are none, 2 wrong usage, or there is no \
            such record, 3 the log cannot be opened, 4 it is damaged before that instant; 6 the \
            disk failed, 7 the log was written by a newer Daybook.
            """)

    @OptionGroup var log: LogOptions
    @OptionGroup var jobs: JobOptions

    @Option(
        help: ArgumentHelp("The record or the instant. (default: now)", valueName: "place"),
        transform: LogPoint.given)
    var at: LogPoint?

    @Option(name: .shortAndLong, help: "How to print the jobs.")
    var output = RowFormat.table

    private static let columns =
        JobID.columns + [
            "generation", "schedule", "dueTime", "ttl", "repeats", "phase", "ticksDone", "attempt",
            "lastDue", "nextDue",
        ]

    func read(into output: inout ReadingOutput) throws {
        let reading = try LogReading(of: log.dataDir)
        let target = try reading.turn(at: at)
        var fold = try StateFold(upTo: target, of: reading, in: log.dataDir)
        output.expect(behind: fold.seal.last, upTo: target.last)
        try fold.advance(to: target, of: reading, &output)
        var writer = RowWriter(
            self.output, columns: StateCommand.columns,
            table: TextTable(
                ["APP", "NAME", "SCHEDULE OR DUE", "NEXT DUE", "PHASE", "TICKS"],
                elastic: [0, 1, 2, 3]),
            width: log.columns)
        writer.begin(&output.bytes)
        for id in fold.projection.jobs(jobs.filter) {
            guard let job = try PastJob(id, in: fold.projection) else { continue }
            guard let definition = try reading.record(job.generation)?.event.accepted else {
                throw LogError.damaged(at: job.generation, detail: "no job was accepted there")
            }
            writer.append(
                cells(job, definition), texts: texts(job, definition), to: &output.bytes)
            output.flushIfFull()
        }
        writer.end(&output.bytes)
    }

    private func cells(_ job: PastJob, _ definition: Definition) -> [Cell] {
        let status = job.status
        let own = [
            Cell("generation", .count(job.generation.rawValue)),
            Cell("schedule", definition.schedule.map(FieldValue.text)),
            Cell("dueTime", definition.dueTime.map(FieldValue.text)),
            Cell("ttl", definition.ttl.map(FieldValue.text)),
            Cell("repeats", definition.repeats.map { .count(UInt64($0)) }),
            Cell("phase", .text(status.phase.rawValue)),
            Cell("ticksDone", .count(status.ticksDone)),
            Cell("attempt", .count(UInt64(status.attempt))),
            Cell("lastDue", status.lastDue.map(FieldValue.instant)),
            Cell("nextDue", status.nextDue.map(FieldValue.instant)),
        ]
        return job.id.cells + own.compactMap(\.self)
    }

    private func texts(_ job: PastJob, _ definition: Definition) -> [String] {
        [
            job.id.owner, job.id.name,
            definition.schedule ?? definition.dueTime ?? "",
            job.status.nextDue == nil && job.status.phase != .waiting
                ? "" : InstantText.utcOrNever(job.status.nextDue),
            job.status.phase.rawValue, job.ticks,
        ]
    }
}
