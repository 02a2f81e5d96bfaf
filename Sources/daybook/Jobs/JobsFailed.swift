import ArgumentParser
import EventText
import Jobs

struct JobsFailed: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "failed",
        abstract: "Show what was given up, and what the app said.",
        discussion: """
              daybook jobs failed
              daybook jobs failed --all-apps
              daybook jobs failed --kind failed --prefix report- -n 100
              daybook jobs failed -o jsonl | jq -r .error | sort | uniq -c

            Shown are ticks that were given up because their last attempt failed; with --kind \
            failed every attempt that failed; with --kind notFound ticks that are done because \
            the app has no handler for the job. The jobs need not exist any more. What the app \
            said is kept of the first failure of several in a row, and of one that gives a tick \
            up: up to 512 bytes.

            A terminal gets a table of the last 20, or -n, with the newest at the end. A file or \
            a program gets JSON with the newest first: one object with the member outcomes, or \
            with -o jsonl one a line. Its fields are those of "daybook-replay export".

            The server's log is searched, the newest first. One search looks at some 200,000 \
            records; --back says at how many times as many. If there may be older ones, standard \
            error says how to continue, and JSON has the member before.

            \(JobsServerOptions.discussion)

            \(JobsOwnerOptions.discussion) --all-apps shows those of all apps and actors, in all \
            namespaces or in that of --namespace.

            Exit codes: 0 printed, even if there are none; 1 the server refused; 2 wrong usage; \
            3 no jobs API answers: jsonl output before that is incomplete; 6 I/O error.
            """)

    enum Kind: String, CaseIterable, ExpressibleByArgument {
        case givenUp
        case failed
        case notFound
    }

    private static let backMax = 10_000

    @Option(help: "What is shown.")
    var kind = Kind.givenUp

    @Option(
        name: [.customShort("n"), .customLong("count")],
        help: ArgumentHelp("How many, 1 to 100000.", valueName: "count"))
    var count = 20

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Only of jobs whose names begin with this. (default: all)", valueName: "prefix"))
    var prefix = ""

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Only those with lower sequence numbers. (default: up to now)",
            valueName: "sequence"))
    var before: UInt64?

    @Option(help: ArgumentHelp("How many searches back, 1 to 10000.", valueName: "searches"))
    var back = 10

    @Flag(help: "Show those of all apps and actors.")
    var allApps = false

    @OptionGroup var output: JobsOutputOptions
    @OptionGroup var owner: JobsOwnerOptions
    @OptionGroup var server: JobsServerOptions

    func validate() throws {
        switch try owner.path(allApps: allApps, takesMany: true) {
        case .jobs, .actors:
            guard prefix.isEmpty else {
                throw ValidationError("--prefix is for the names of one app or actor")
            }
        case nil, .app, .actor, .namespace, .acceptClock: break
        }
        guard (1...JobsLogPrinter.countMax).contains(count) else {
            throw ValidationError("-n must be 1 to \(JobsLogPrinter.countMax), not \(count)")
        }
        guard (1...Self.backMax).contains(back) else {
            throw ValidationError("--back must be 1 to \(Self.backMax), not \(back)")
        }
        guard before != 0 else { throw ValidationError("--before must be 1 or more, not 0") }
    }

    mutating func run() async throws {
        let path = try owner.path(allApps: allApps, takesMany: true)
        let place = try owner.place(path, server)
        let (kind, prefix, count, start, back) = (kind.rawValue, prefix, count, before, back)
        let hasOwners = path.map(\.hasManyOwners) ?? false
        var printer = JobsLogPrinter(format: output.format, member: "outcomes", words: "outcomes")
        try await JobsClient.with(place) { client in
            let before = try await printer.print(count, before: start, partsMax: back) {
                try await client.outcomes(kind, prefix: prefix, limit: $0, before: $1)
            }
            let table = TextTable(
                JobOutcomeText.headings(hasOwners: hasOwners),
                elastic: hasOwners ? [1, 2, 3] : [1], wrapsLast: true)
            try printer.end(before: before, table) {
                JobOutcomeText($0).row(hasOwners: hasOwners)
            }
        }
    }
}
