import ArgumentParser

struct ImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Move in: make a data directory of the jobs of another scheduler.",
        discussion: """
            No server is needed, and none may use the data directory yet.

              dapr scheduler export jobs.gob
              daybook import dapr jobs.gob --data-dir daybook-data
              daybook serve --data-dir daybook-data
            """,
        subcommands: [ImportDapr.self])
}
