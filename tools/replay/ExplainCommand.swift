import ArgumentParser
import Audit
import EventLog
import EventText
import Jobs

struct ExplainCommand: ReadingVerb {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Why did a job run then, or why did it not?",
        discussion: """
            Answers in a paragraph, with the numbers of the events behind it, about the tick that \
            was due in the second that begins at the given time; with --next about the first one \
            due then or later.

              daybook-replay explain report --at 2026-11-22T06:30:00+01:00 --data-dir \
            daybook-data --app shop

            For programs: a row of kind explanation, with its reason in one word, then the events \
            behind it, with the fields that export has. As json it is one object that has these \
            as an array.

            What was known at nine? --to takes the sequence number of a record, or an instant in \
            RFC 3339 format, and the log is read as if it ended there:

              daybook-replay explain report --at 2026-11-22T06:30:00+01:00 --data-dir \
            daybook-data --app shop --to 2026-11-22T09:00:00+01:00

            Ends with 0, 1 if the log knows no such job, 2 wrong usage, or only others have had a \
            job of this name, 3 the log cannot be \
            opened, 4 it is damaged, 6 the disk failed, 7 the log was written by a newer Daybook.
            """)

    @OptionGroup var name: JobArgument

    @Option(
        help: ArgumentHelp(
            "The time asked about, such as 2026-11-22T06:30:00Z, or now.", valueName: "time"))
    var at: InstantArgument

    @Flag(help: "Asks about the first tick due at that time or later.")
    var next = false

    @OptionGroup var log: LogOptions
    @OptionGroup var range: RangeOptions

    @Option(name: .shortAndLong, help: "How to print the explanation.")
    var output = RowFormat.table

    private static let columns = Field.allCases.map(\.rawValue) + ["text", "sequences"]

    func validate() throws {
        guard range.from == nil else {
            throw ValidationError(
                "An explanation needs the whole past: --at selects the tick and --to ends the log,"
                    + " but there is no --from.")
        }
    }

    func read(into output: inout ReadingOutput) throws {
        let reading = try LogReading(of: log.dataDir)
        let id = try name.id(in: reading)
        var inquiry = Inquiry(of: id, at: at.instant, isNext: next)
        if let range = try reading.range(range) {
            try reading.records(upTo: range.upperBound, &output) { record, _ in
                inquiry.add(record)
            }
        }
        var explanation = inquiry.explanation()
        if explanation.reason == .neverAccepted {
            let unknown = name.unknown(id, in: reading, "")
            if unknown.code == ReplayExit.usage.rawValue { throw unknown }
            // As the end of its only sentence.
            explanation.text = String(explanation.text.dropLast()) + unknown.reason.escaped + "."
        }
        try show(explanation, reading, &output)
        output.hasFindings = explanation.reason == .neverAccepted
    }

    private func show(
        _ explanation: Explanation, _ reading: borrowing LogReading, _ output: inout ReadingOutput
    ) throws(LogError) {
        let cells = ExplainCommand.cells(explanation)
        var rows = RowWriter(self.output, columns: ExplainCommand.columns, table: nil, width: nil)
        switch self.output {
        case .table:
            for line in TextWidth.wrapped(explanation.text, to: log.columns) {
                output.bytes += (line + "\n").utf8
            }
            return
        case .json:
            JSONLine.append(cells, to: &output.bytes)
            // The events are added as one more member.
            output.bytes.removeLast()
            output.bytes += ",\"events\":".utf8
            rows.begin(&output.bytes)
        case .jsonl, .csv:
            rows.begin(&output.bytes)
            let kind = Cell(Field.kind.rawValue, .text("explanation"))
            rows.append([kind] + cells, texts: [], to: &output.bytes)
        }
        var names = JobNames()
        for sequence in explanation.sequences {
            guard let record = try reading.record(sequence) else { continue }
            let job = try names.job(of: record, in: reading)
            rows.append(EventCells(record, of: job).cells, texts: [], to: &output.bytes)
        }
        rows.end(&output.bytes)
        if self.output == .json { output.bytes += "}\n".utf8 }
    }

    private static func cells(_ explanation: Explanation) -> [Cell] {
        [
            Cell(Field.reason.rawValue, .text("\(explanation.reason)")),
            Cell("text", .text(explanation.text)),
            Cell("sequences", .counts(explanation.sequences.map(\.rawValue))),
        ]
    }
}

/// An instant in RFC 3339 format, or now.
struct InstantArgument: ExpressibleByArgument {
    let instant: Timestamp

    init?(argument: String) {
        if argument == "now" {
            instant = .now
            return
        }
        guard let point = try? PointInTime.parse(argument, field: "at"), !point.isRelative else {
            return nil
        }
        instant = point.resolve(from: .earliest)
    }
}
