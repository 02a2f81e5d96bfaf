import ArgumentParser
import EventLog
import EventText
import Jobs

struct ExportCommand: ReadingVerb {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Prints every event: as JSON or CSV for other programs, or as a table.",
        discussion: """
            Each event has its sequence number, its time in UTC, its kind, its job (namespace, app \
            or actor, and name) and all its other fields, under names that do not change; fields \
            that an event does not have are left out. A job's data is shown as its length and \
            SHA-256, with --payloads also in base64. In CSV, control characters are escaped, and a \
            text that a spreadsheet would take for a formula begins with an apostrophe. A table \
            shows the same, cut to the terminal's width where that is known, and only the length \
            of data and zone rules.

            What has become of a job today, and when?

              daybook-replay export --data-dir daybook-data --job report \
            --from 2026-11-22T00:00:00Z

            How did handlers answer?

              daybook-replay export --data-dir daybook-data | jq -r .outcome | sort | uniq -c

            What came since the last export, which ended with record 4711?

              daybook-replay export --data-dir daybook-data --from 4712

            \(RangeOptions.discussion)

            With the options that select jobs, only their events are printed, deletions by prefix \
            that may include one of them, and, if neither a name nor an actor's id is given, the \
            events of receivers. Checksums and digests are checked on the way; beside a live \
            server, up to the head at the start.

            Ends with 0 when all is printed, 2 wrong usage, 3 the log cannot be opened, 4 it is \
            damaged: then all before the damage was printed; 6 the disk failed, 7 the log was \
            written by a newer Daybook.
            """)

    @OptionGroup var log: LogOptions
    @OptionGroup var range: RangeOptions
    @OptionGroup var jobs: JobOptions

    @Option(name: .shortAndLong, help: "How to print the events; json is one array.")
    var output = RowFormat.jsonl

    @Flag(help: "Print the data of jobs too, in base64.")
    var payloads = false

    func read(into output: inout ReadingOutput) throws {
        let reading = try LogReading(of: log.dataDir)
        let filter = jobs.filter
        var names = JobNames()
        var writer = RowWriter(
            self.output, columns: Field.allCases.map(\.rawValue), table: EventTexts.table,
            width: log.columns)
        writer.begin(&output.bytes)
        if let range = try reading.range(range) {
            let start = try reading.seal(
                endingBy: SequenceNumber(range.lowerBound.rawValue - 1))
            output.expect(behind: start.last, upTo: range.upperBound)
            try reading.records(after: start, through: range.upperBound) {
                record throws(LogError) in
                output.passed(record.sequence)
                guard record.sequence >= range.lowerBound else { return }
                let job = try names.job(of: record, in: reading)
                if filter.contains(record, of: job) {
                    let payload = payloads ? try payload(of: record, in: reading) : nil
                    let cells = EventCells(
                        record, of: job, payload: payload,
                        error: payloads ? try error(of: record, in: reading) : nil
                    ).cells
                    writer.append(cells, texts: EventTexts.row(cells), to: &output.bytes)
                }
            }
        }
        writer.end(&output.bytes)
    }

    /// What the app said of a failure; `nil` also if it was erased.
    private func error(
        of record: Record, in reading: borrowing LogReading
    ) throws(LogError) -> String? {
        guard case .acknowledged(let answer) = record.event, let digest = answer.error,
            let stored = try reading.payload(of: record.sequence)
        else { return nil }
        guard ErrorDigest(of: stored) == digest, let error = ErrorText(stored: stored) else {
            throw .damaged(at: record.sequence, detail: "its error text is not the one recorded")
        }
        return error.text
    }

    private func payload(
        of record: Record, in reading: borrowing LogReading
    ) throws(LogError) -> Payload? {
        guard record.event.accepted?.payload != nil else { return nil }
        guard let stored = try reading.payload(of: record.sequence) else {
            throw .damaged(at: record.sequence, detail: "its payload is missing")
        }
        guard let payload = Payload(stored: stored) else {
            throw .damaged(at: record.sequence, detail: "its payload is not one")
        }
        return payload
    }
}

/// An event as a row of a table.
private enum EventTexts {
    static let table = TextTable(
        ["RECORD", "TIME", "EVENT", "APP", "NAME", "WHAT"], elastic: [1, 3, 4, 5])

    /// The fields in the columns before the last.
    private static let columns: [[Field]] = [
        [.sequence], [.time], [.kind], [.namespace, .app, .actorType, .actorID], [.name],
    ]
    private static let names = columns.map { fields in Set(fields.map(\.rawValue)) }

    static func row(_ cells: [Cell]) -> [String] {
        var texts = [String](repeating: "", count: names.count + 1)
        for cell in cells {
            let text = text(cell)
            if let column = names.firstIndex(where: { $0.contains(cell.name) }) {
                texts[column] += (texts[column].isEmpty ? "" : "/") + text
            } else {
                let separator = texts[names.count].isEmpty ? "" : ", "
                texts[names.count] += "\(separator)\(cell.name) \(text)"
            }
        }
        return texts
    }

    private static func text(_ cell: Cell) -> String {
        if case .bytes(let bytes) = cell.value { return "\(bytes.count) bytes" }
        var text: [UInt8] = []
        cell.value.append(to: &text)
        return String(decoding: text, as: UTF8.self)
    }
}
