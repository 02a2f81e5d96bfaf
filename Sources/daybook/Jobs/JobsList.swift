import ArgumentParser
import EventText

struct JobsList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Show the jobs of the app, in the order of their names.",
        discussion: """
              daybook jobs list
              daybook jobs list --prefix report-
              daybook jobs list --all -o jsonl | jq -r .name
              daybook jobs list --all-apps
              daybook jobs list --app shop --prefix report-

            One page is shown: 100 jobs, or --limit, and fewer if their data is large. If there \
            are more, standard error says so, and JSON has the member nextCursor. --all requests \
            all pages; jobs created or deleted meanwhile do not shift the others.

            A terminal gets a table: what the job was scheduled with, when it is due next, its \
            phase (waiting, parked, inFlight or retrying), how many ticks are done and what the \
            last trigger came to. Parked is what is due while its app is not there. What has been \
            in flight for over an hour shows since when. Names and schedules are cut if it is too \
            narrow. A file or a program gets the server's JSON, one object \
            with the member jobs; or with -o jsonl one job per line.

            \(JobsServerOptions.discussion)

            \(JobsOwnerOptions.discussion) --all-apps lists the jobs of all apps, then all \
            reminders, in all namespaces or in that of --namespace.

            Exit codes: 0 printed, even if there are none; 1 the server refused, such as a limit \
            above 1000; 2 wrong usage; 3 no jobs API answers: with --all the output before that is \
            incomplete; 6 I/O error.
            """)

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Only jobs whose names begin with this. (default: all)", valueName: "prefix"))
    var prefix = ""

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Jobs of a page, 1 to 1000. (default: 100; 1000 with --all)", valueName: "count"))
    var limit: Int?

    @Flag(help: "Show all pages.")
    var all = false

    @Flag(help: "Show the jobs of all apps and the reminders of all actors.")
    var allApps = false

    @OptionGroup var output: JobsOutputOptions
    @OptionGroup var owner: JobsOwnerOptions
    @OptionGroup var server: JobsServerOptions

    mutating func validate() throws { _ = try path() }

    private func path() throws -> OperatorPath? {
        let path = try owner.path(allApps: allApps, takesMany: true)
        switch path {
        case .jobs, .actors:
            guard prefix.isEmpty else {
                throw ValidationError("--prefix is for the names of one app or actor")
            }
        case nil, .app, .actor, .namespace, .acceptClock: break
        }
        return path
    }

    mutating func run() async throws {
        let (prefix, format, all) = (prefix, output.format, all)
        let limit = limit ?? (all ? JobsClient.pageJobsMax : nil)
        let path = try path()
        var printer = ListPrinter(
            format: format, isWhole: all, hasOwners: path.map(\.hasManyOwners) ?? false)
        try await JobsClient.with(try owner.place(path, server)) { client in
            var cursor: String?
            if all {
                try await client.forEachPage(prefix: prefix, limit: limit) { try printer.print($0) }
            } else {
                let page = try await client.page(prefix: prefix, limit: limit, cursor: nil)
                try printer.print(page)
                cursor = page.nextCursor
            }
            try printer.end(hasMore: cursor != nil)
        }
    }
}

/// Prints a list page by page. A table is printed at the end, so that its columns fit all rows.
private struct ListPrinter {
    private let format: JobsOutputOptions.Format
    /// Whether all pages are printed as one.
    private let isWhole: Bool
    /// Whether the jobs can belong to different apps, which a table must tell.
    private let hasOwners: Bool
    private var output = JobsOutput()
    private var table: TextTable
    private var isFirst = true

    init(format: JobsOutputOptions.Format, isWhole: Bool, hasOwners: Bool) {
        self.format = format
        self.isWhole = isWhole
        self.hasOwners = hasOwners
        table = TextTable(
            JobText.listHeadings(hasOwners: hasOwners),
            elastic: JobText.listElastic(hasOwners: hasOwners))
    }

    mutating func print(_ page: JobsPage) throws(Failure) {
        switch format {
        case .table:
            for job in page.jobs { table.append(JobText(job).row(hasOwners: hasOwners)) }
        case .json where isWhole:
            for job in page.jobs {
                output.append(isFirst ? "{\"jobs\":[" : ",")
                output.append(job)
                isFirst = false
            }
        case .json: output.append(page.json)
        case .jsonl:
            for job in page.jobs {
                output.append(job.oneLine)
                output.append("\n")
            }
        }
        try output.flush()
    }

    mutating func end(hasMore: Bool) throws(Failure) {
        switch format {
        case .table: output.append(table.text(columns: JobsOutput.columns))
        case .json where isWhole: output.append(isFirst ? "{\"jobs\":[]}\n" : "]}\n")
        case .json: output.append("\n")
        case .jsonl: break
        }
        try output.flush()
        if hasMore && format != .json {
            StandardError.write("daybook: there are more jobs; --all shows them\n")
        }
    }
}
