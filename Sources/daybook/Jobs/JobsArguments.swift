import ArgumentParser

/// The job a command applies to.
struct JobNameArgument: ParsableArguments {
    @Argument(help: ArgumentHelp("The job's name.", valueName: "name"))
    var name: String

    func validate() throws { try JobNameArgument.check(name) }

    /// Rejects an empty name before any request: most likely a variable is not set.
    static func check(_ name: String) throws {
        guard !name.isEmpty else { throw ValidationError("the job's name is empty") }
    }
}

/// The format of printed answers.
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

    /// The given format, or by default a table on a terminal.
    var format: Format { output ?? (JobsOutput.isTerminal ? .table : .json) }
}
