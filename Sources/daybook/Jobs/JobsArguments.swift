import ArgumentParser

/// The job a command is about.
struct JobNameArgument: ParsableArguments {
    @Argument(help: ArgumentHelp("The job's name.", valueName: "name"))
    var name: String

    func validate() throws { try JobNameArgument.check(name) }

    /// Nothing is asked about a job without a name: it is most likely a variable that is not set.
    static func check(_ name: String) throws {
        guard !name.isEmpty else { throw ValidationError("the job's name is empty") }
    }
}

/// How answers are printed.
struct JobsOutputOptions: ParsableArguments {
    enum Format: String, CaseIterable, ExpressibleByArgument {
        case table
        case json
        case jsonl
    }

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            """
            How it is printed; jsonl is JSON with one job, or event, a line. (default: table on a \
            terminal, json elsewhere)
            """, valueName: "table|json|jsonl"))
    var output: Format?

    /// What counts, if nothing was said: tables are for people.
    var format: Format { output ?? (JobsOutput.isTerminal ? .table : .json) }
}
