import ArgumentParser

struct JobsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "jobs",
        abstract: "Schedule jobs of a running server, look at them and delete them.",
        discussion: """
            put, get, list, history, failed and delete use the jobs API of a running server over \
            HTTP, as apps do. With --app, --actor or --all-apps all but put reach the jobs of \
            every app of a server on this machine, as do export, import and delete-namespace. \
            next needs no server: it prints when a schedule would be due.

              daybook jobs next '0 30 6 * * MON-FRI'
              daybook jobs put report --schedule '0 30 6 * * MON-FRI' --data '{"a": 1}'
              daybook jobs get report
              daybook jobs list --prefix rep
              daybook jobs history report
              daybook jobs failed
              daybook jobs delete report

            Without a flag the jobs are those of the app that the server serves. \
            \(JobsServerOptions.discussion)

            Quote arguments with stars, spaces or braces. Write "--" before a name that begins \
            with "-": daybook jobs get -- -x

            Exit codes: 0 done; 1 the server refused, and standard error says why; 2 wrong usage; \
            3 no jobs API answers; 6 I/O error.
            """,
        subcommands: [
            JobsPut.self, JobsGet.self, JobsList.self, JobsHistory.self, JobsFailed.self,
            JobsDelete.self, JobsDeleteNamespace.self, JobsExport.self, JobsImport.self,
            JobsNext.self,
        ])
}
