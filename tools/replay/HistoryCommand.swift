import ArgumentParser
import Audit
import EventLog
import EventText
import Jobs

struct HistoryCommand: ReadingVerb {
    static let configuration = CommandConfiguration(
        commandName: "history",
        abstract: "What happened to a job, event by event?",
        discussion: """
            Shows every event of a name through all its generations, whoever created, replaced or \
            deleted it, every trigger and every answer, each with its number in the log: a line \
            for people, or one row with the fields that export has and what happened in words, \
            as text.

              daybook-replay history report --data-dir daybook-data --app shop

            How long did the handler take each time, on Monday?

              daybook-replay history report --data-dir daybook-data --app shop \
            --from 2026-11-23T00:00:00Z --to 2026-11-24T00:00:00Z -o csv

            \(RangeOptions.discussion)

            The log is read from its beginning, whatever --from says: earlier events show which \
            events are the job's.

            Ends with 0, 1 if the log tells nothing of such a job there, 2 wrong usage, or only \
            others have had a job of this name, 3 the log \
            cannot be opened, 4 it is damaged: then all before the damage was printed; 6 the disk \
            failed, 7 the log was written by a newer Daybook.
            """)

    @OptionGroup var name: JobArgument
    @OptionGroup var log: LogOptions
    @OptionGroup var range: RangeOptions

    @Option(name: .shortAndLong, help: "How to print the history.")
    var output = RowFormat.table

    private static let columns = Field.allCases.map(\.rawValue) + ["text"]

    func read(into output: inout ReadingOutput) throws {
        let reading = try LogReading(of: log.dataDir)
        let id = try name.id(in: reading)
        var history = JobHistory(of: id)
        var isFound = false
        var writer = RowWriter(
            self.output, columns: HistoryCommand.columns, table: nil, width: log.columns)
        writer.begin(&output.bytes)
        if let range = try reading.range(range) {
            try reading.records(upTo: range.upperBound, &output) {
                record, output throws(LogError) in
                // Without --from what is kept of the past is shown too.
                guard let line = history.line(for: record),
                    self.range.from == nil || record.sequence >= range.lowerBound
                else { return }
                isFound = true
                writer.append(
                    HistoryCommand.cells(line, record, of: id), texts: HistoryCommand.texts(line),
                    to: &output.bytes)
            }
        }
        writer.end(&output.bytes)
        guard isFound else {
            throw name.unknown(
                id, in: reading, "the log tells nothing of a job \(id.shown) there")
        }
    }

    private static func cells(
        _ line: JobHistory.Line, _ record: Record, of id: JobID
    ) -> [Cell] {
        // A deletion by prefix names no job; it contains the prefix itself.
        let job = record.event.generation == nil ? nil : id
        return EventCells(record, of: job).cells + [Cell("text", .text(line.text))]
    }

    private static func texts(_ line: JobHistory.Line) -> [String] {
        [
            InstantText.utc(line.time), "#\(line.sequence)", "generation \(line.generation):",
            line.text,
        ]
    }
}
