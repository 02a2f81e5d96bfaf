import ArgumentParser
import EventText
import Jobs

struct JobsHistory: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history",
        abstract: "Show the history of a job: its ticks, answers and ends.",
        discussion: """
              daybook jobs history report
              daybook jobs history report -n 100
              daybook jobs history report -o jsonl | jq -r .kind | sort | uniq -c

            The history comes from the server's log and covers all jobs that ever had the name, \
            even if none has it now. A deletion by prefix is included if it may have matched the \
            job.

            A terminal gets a table of the last 20 events, or -n, with the newest at the end, as \
            in journalctl. A file or a program gets JSON with the newest first: one object with \
            the member history, or with -o jsonl one event per line. Its fields are those of \
            "daybook-replay export"; an answer names its trigger by the trigger's sequence number.

            A long log is searched piece by piece until there are enough events. If there may be \
            older ones, standard error says how to continue, and JSON has the member before.

            \(JobsServerOptions.discussion)

            \(JobsOwnerOptions.discussion)

            Exit codes: 0 printed; 1 no job ever had the name, or the server refused for another \
            reason; 2 wrong usage; 3 no jobs API answers: jsonl output before that is incomplete; \
            6 I/O error.
            """)

    /// The most events that can be requested; all are kept in memory until they are printed.
    private static let countMax = 100_000
    /// Events of one part, the server's maximum.
    private static let partEventsMax = 1_000

    @OptionGroup var job: JobNameArgument

    @Option(
        name: [.customShort("n"), .customLong("count")],
        help: ArgumentHelp("How many events, 1 to 100000.", valueName: "count"))
    var count = 20

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Only events with lower sequence numbers. (default: up to now)",
            valueName: "sequence"))
    var before: UInt64?

    @OptionGroup var output: JobsOutputOptions
    @OptionGroup var owner: JobsOwnerOptions
    @OptionGroup var server: JobsServerOptions

    func validate() throws {
        _ = try owner.path()
        guard (1...JobsHistory.countMax).contains(count) else {
            throw ValidationError("-n must be 1 to \(JobsHistory.countMax), not \(count)")
        }
        guard before != 0 else { throw ValidationError("--before must be 1 or more, not 0") }
    }

    mutating func run() async throws {
        let (name, count, start, format) = (job.name, count, before, output.format)
        let place = try owner.place(try owner.path(), server)
        try await JobsClient.with(place) { client in
            var printer = HistoryPrinter(format: format)
            var isKnown = start != nil
            var before = start
            var rest = count
            repeat {
                let part = try await client.history(
                    name, limit: min(rest, JobsHistory.partEventsMax), before: before)
                rest -= part.events.count
                isKnown = isKnown || part.namesJob
                try printer.print(part)
                // Prevents an endless loop.
                guard part.before ?? 0 < before ?? .max else {
                    throw Failure(
                        code: Failure.cannotOpen,
                        reason: "the server keeps giving the same events")
                }
                before = part.before
            } while rest > 0 && before != nil
            guard isKnown || before != nil else {
                throw Failure(
                    code: Failure.refused,
                    reason: "no job ever had the name \"\(SafeText.shown(name))\"")
            }
            try printer.end(before: before)
        }
    }
}

/// Prints a history part by part; formats that need the whole are printed at the end.
private struct HistoryPrinter {
    private let format: JobsOutputOptions.Format
    private var output = JobsOutput()
    private var events: [JSONPart] = []

    init(format: JobsOutputOptions.Format) { self.format = format }

    mutating func print(_ part: JobsHistoryPart) throws(Failure) {
        switch format {
        case .table, .json: events += part.events
        case .jsonl:
            for event in part.events {
                output.append(event.oneLine)
                output.append("\n")
            }
            try output.flush()
        }
    }

    mutating func end(before: UInt64?) throws(Failure) {
        switch format {
        case .table:
            var table = TextTable(JobsHistoryText.headings, elastic: [], wrapsLast: true)
            for event in events.reversed() { table.append(JobsHistoryText(event).row) }
            output.append(table.text(columns: JobsOutput.columns))
        case .json:
            output.append("{\"history\":[")
            for (index, event) in events.enumerated() {
                if index > 0 { output.append(",") }
                output.append(event)
            }
            output.append(before.map { "],\"before\":\($0)}\n" } ?? "]}\n")
        case .jsonl: break
        }
        try output.flush()
        if let before, format != .json {
            StandardError.write(
                "daybook: there may be older events; --before \(before) shows them\n")
        }
    }
}
