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
        guard (1...JobsLogPrinter.countMax).contains(count) else {
            throw ValidationError("-n must be 1 to \(JobsLogPrinter.countMax), not \(count)")
        }
        guard before != 0 else { throw ValidationError("--before must be 1 or more, not 0") }
    }

    mutating func run() async throws {
        let (name, count, start) = (job.name, count, before)
        let place = try owner.place(try owner.path(), server)
        var printer = JobsLogPrinter(format: output.format, member: "history", words: "events")
        try await JobsClient.with(place) { client in
            var isKnown = start != nil
            let before = try await printer.print(count, before: start) { limit, before in
                let part = try await client.history(name, limit: limit, before: before)
                // A deletion by prefix alone does not say that a job of the name was there.
                isKnown =
                    isKnown
                    || part.entries.contains {
                        $0.members?["kind"]?.string != "deletedByPrefix"
                    }
                return part
            }
            guard isKnown || before != nil else {
                throw Failure(
                    code: Failure.refused,
                    reason: "no job ever had the name \"\(SafeText.shown(name))\"")
            }
            let table = TextTable(JobsHistoryText.headings, elastic: [], wrapsLast: true)
            try printer.end(before: before, table) { JobsHistoryText($0).row }
        }
    }
}
