import ArgumentParser

struct JobsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "jobs",
        abstract: "Schedule jobs of a running server, look at them and delete them.",
        discussion: """
            put, get, list, history and delete speak to a running server, as apps do, by its jobs \
            API over HTTP. next needs none: it says when a schedule would be due.

              daybook jobs next '0 30 6 * * MON-FRI'
              daybook jobs put report --schedule '0 30 6 * * MON-FRI' --data '{"a": 1}'
              daybook jobs get report
              daybook jobs list --prefix rep
              daybook jobs history report
              daybook jobs delete report

            The jobs are those of one app, whose server it is. \(JobsServerOptions.discussion)

            Quote what has stars, spaces or braces in it, or the shell takes it apart. A name that \
            begins with "-" stands behind "--": daybook jobs get -- -x

            Exit codes: 0 done; 1 the server says no, and standard error why; 2 wrong usage; \
            3 no jobs API answers; 6 I/O error.
            """,
        subcommands: [
            JobsPut.self, JobsGet.self, JobsList.self, JobsHistory.self, JobsDelete.self,
            JobsNext.self,
        ])
}
