import ArgumentParser
import EventText

struct JobsGet: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "get",
        abstract: "Show a job and its status.",
        discussion: """
              daybook jobs get report
              daybook jobs get report -o json | jq .status.nextDue

            A terminal gets a table; a file or a program gets the server's JSON, one object: name, \
            schedule, dueTime, ttl, repeats, data, failurePolicy and status. The data is under \
            data.value. The phase is waiting, parked (due, and the app is not there), inFlight \
            (the app has been called and has not answered) or retrying. ticksDone counts ticks \
            whose outcome is known, attempt counts within the tick that is next or in flight. \
            lastOutcome is what the last trigger came to; its error is what the app said of the \
            first failure of those in a row.

            A job that has ended no longer exists.

            \(JobsServerOptions.discussion)

            \(JobsOwnerOptions.discussion)

              daybook jobs get report --app shop

            Exit codes: 0 printed; 1 there is no such job, or the server refused for another \
            reason; 2 wrong usage; 3 no jobs API answers; 6 I/O error.
            """)

    @OptionGroup var job: JobNameArgument
    @OptionGroup var output: JobsOutputOptions
    @OptionGroup var owner: JobsOwnerOptions
    @OptionGroup var server: JobsServerOptions

    mutating func validate() throws { _ = try owner.path() }

    mutating func run() async throws {
        let name = job.name
        let place = try owner.place(try owner.path(), server)
        let shown = try await JobsClient.with(place) { try await $0.job(name) }
        var printed = JobsOutput()
        switch output.format {
        case .table: printed.append(JobText(shown).table.text(columns: JobsOutput.columns))
        case .json: printed.append(shown)
        case .jsonl: printed.append(shown.oneLine)
        }
        if output.format != .table { printed.append("\n") }
        try printed.flush()
    }
}
