import ArgumentParser
import EventText

struct JobsDelete: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete",
        abstract: "Delete a job, or all whose names begin alike.",
        discussion: """
              daybook jobs delete report
              daybook jobs delete --prefix report-
              daybook jobs delete --all

            Nobody is asked whether that was meant; "daybook jobs list --prefix report-" shows \
            what would go. All jobs of the app go only with --all, not by an empty prefix: that is \
            more often a variable that is not set.

            A call that the app has not answered yet goes on; no other follows. A job that is not \
            there is no error, nor is a prefix that no job has: how many were deleted is printed, \
            on a terminal in words, else as the server's JSON, as {"deleted":3}. For a name \
            nothing is printed but one line on a terminal.

            \(JobsServerOptions.discussion)

            Exit codes: 0 gone, and durably so; 1 the server says no; 2 wrong usage; 3 no jobs API \
            answers; 6 I/O error.
            """)

    @Argument(help: ArgumentHelp("The job's name.", valueName: "name"))
    var name: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Delete all jobs whose names begin so.", valueName: "prefix"))
    var prefix: String?

    @Flag(help: "Delete all jobs of the app.")
    var all = false

    @OptionGroup var output: JobsOutputOptions
    @OptionGroup var server: JobsServerOptions

    private enum Target {
        case job(String)
        case prefix(String)
    }

    mutating func validate() throws { _ = try target() }

    private func target() throws -> Target {
        switch (name, prefix, all) {
        case (let name?, nil, false):
            try JobNameArgument.check(name)
            return .job(name)
        case (nil, let prefix?, false):
            guard !prefix.isEmpty else {
                throw ValidationError(
                    "every name begins with the empty prefix; --all deletes all jobs of the app")
            }
            return .prefix(prefix)
        case (nil, nil, true), (nil, "", true): return .prefix("")
        case (nil, nil, false):
            throw ValidationError("name a job, or say --prefix or --all")
        case (_?, _, _), (nil, _?, true):
            throw ValidationError("a name, --prefix and --all each say something else; choose one")
        }
    }

    mutating func run() async throws {
        switch try target() {
        case .job(let name):
            try await JobsClient.with(server) { try await $0.delete(name) }
            try JobsOutput.tell("deleted", name: name)
        case .prefix(let prefix):
            let answer = try await JobsClient.with(server) { try await $0.delete(prefix: prefix) }
            var printed = JobsOutput()
            switch output.format {
            case .table:
                let count = TextTable.cell(answer.members?["deleted"]?.text ?? "")
                printed.append("deleted \(count) \(count == "1" ? "job" : "jobs")")
            case .json: printed.append(answer)
            case .jsonl: printed.append(answer.oneLine)
            }
            printed.append("\n")
            try printed.flush()
        }
    }
}
