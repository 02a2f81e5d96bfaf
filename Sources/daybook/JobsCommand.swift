import ArgumentParser

struct JobsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "jobs",
        abstract: "Look at schedules before jobs have them.",
        subcommands: [JobsNext.self])
}
