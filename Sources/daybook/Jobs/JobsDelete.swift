import ArgumentParser
import EventText

struct JobsDelete: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete",
        abstract: "Delete a job, or all jobs whose names begin with a prefix.",
        discussion: """
              daybook jobs delete report
              daybook jobs delete --prefix report-
              daybook jobs delete --all

            There is no confirmation; "daybook jobs list --prefix report-" shows what would be \
            deleted. All jobs of the app are deleted only with --all, not by an empty prefix, \
            which is more often an unset variable.

            A call that the app has not answered yet continues; no other follows. A missing job is \
            not an error, nor is a prefix that no job has. With --prefix or --all the number of \
            deleted jobs is printed, on a terminal in words, otherwise as the server's JSON, such \
            as {"deleted":3}. For a name only a terminal gets a line.

            \(JobsServerOptions.discussion)

            \(JobsOwnerOptions.discussion)

            Exit codes: 0 durably deleted; 1 the server refused; 2 wrong usage; 3 no jobs API \
            answers; 6 I/O error.
            """)

    @Argument(help: ArgumentHelp("The job's name.", valueName: "name"))
    var name: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Delete all jobs whose names begin with this.", valueName: "prefix"))
    var prefix: String?

    @Flag(help: "Delete all jobs of the app.")
    var all = false

    @OptionGroup var output: JobsOutputOptions
    @OptionGroup var owner: JobsOwnerOptions
    @OptionGroup var server: JobsServerOptions

    private enum Target {
        case job(String)
        case prefix(String)
    }

    mutating func validate() throws {
        _ = try target()
        _ = try owner.path()
    }

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
            throw ValidationError("name a job, or give --prefix or --all")
        case (_?, _, _), (nil, _?, true):
            throw ValidationError("a name, --prefix and --all exclude one another; choose one")
        }
    }

    mutating func run() async throws {
        let place = try owner.place(try owner.path(), server)
        switch try target() {
        case .job(let name):
            try await JobsClient.with(place) { try await $0.delete(name) }
            try JobsOutput.tell("deleted", name: name)
        case .prefix(let prefix):
            let answer = try await JobsClient.with(place) { try await $0.delete(prefix: prefix) }
            try JobsOutput.tellDeleted(answer, output.format)
        }
    }
}

extension JobsOutput {
    /// Prints how many jobs a deletion of many has deleted.
    static func tellDeleted(
        _ answer: JSONPart, _ format: JobsOutputOptions.Format
    ) throws(Failure) {
        var printed = JobsOutput()
        switch format {
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
