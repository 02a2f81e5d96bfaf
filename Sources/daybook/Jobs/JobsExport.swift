import ArgumentParser

struct JobsExport: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Print jobs and reminders, one a line, to be imported elsewhere.",
        discussion: """
              daybook jobs export > jobs.jsonl
              daybook jobs export --namespace default > jobs.jsonl
              daybook jobs export --app shop > jobs.jsonl

            Each line is JSON with all that is needed to create the job again: namespace, app or \
            actor, name, what it was scheduled with, as it was submitted, and its data. What has \
            become of it is there too, in the member status, but "daybook jobs import" ignores it: \
            an imported job begins anew.

            Jobs created or deleted meanwhile may be left out or included; all others are there. \
            For a copy of the whole log, history and all, there is "daybook-replay copy".

            The server must run on this machine, on the data directory --data-dir, by a user who \
            may open the socket operator.sock there.

            Exit codes: 0 all printed, even if there are none; 1 the server refused; 2 wrong \
            usage; 3 no server answers: the output before that is incomplete; 6 I/O error.
            """)

    @OptionGroup var owner: JobsOwnerOptions
    @OptionGroup var timeout: JobsTimeoutOption

    mutating func validate() throws { _ = try path() }

    private func path() throws -> OperatorPath? {
        let isEverybodys = owner.app == nil && owner.actor == nil
        return try owner.path(allApps: isEverybodys, takesMany: true)
    }

    mutating func run() async throws {
        guard let path = try path() else { return }
        var output = JobsOutput()
        try await JobsClient.with(try JobsPlace(path, in: owner.directory, timeout)) { client in
            try await client.forEachPage { page in
                for job in page.jobs {
                    output.append(job.oneLine)
                    output.append("\n")
                }
                try output.flush()
            }
        }
    }
}
