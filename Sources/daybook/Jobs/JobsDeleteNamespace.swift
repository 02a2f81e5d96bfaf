import ArgumentParser

struct JobsDeleteNamespace: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete-namespace",
        abstract: "Delete all jobs and reminders of a namespace.",
        discussion: """
              daybook jobs list --all-apps --namespace staging
              daybook jobs delete-namespace staging

            The jobs of all apps in the namespace and the reminders of all its actors are deleted \
            at once, all or none, as when a namespace of Kubernetes is deleted. Other namespaces \
            stay as they are, also those whose names only begin alike. There is no confirmation; \
            the list shows what would be deleted.

            The number of deleted jobs and reminders is printed, on a terminal in words, otherwise \
            as JSON, such as {"deleted":3}. A namespace without any is not an error.

            The server must run on this machine, on the data directory --data-dir, by a user who \
            may open the socket operator.sock there.

            Exit codes: 0 durably deleted; 1 the server refused; 2 wrong usage; 3 no server \
            answers; 6 I/O error.
            """)

    @Argument(help: ArgumentHelp("The namespace.", valueName: "namespace"))
    var name: String

    @OptionGroup var output: JobsOutputOptions
    @OptionGroup var directory: DataDirectoryOption
    @OptionGroup var timeout: JobsTimeoutOption

    func validate() throws {
        guard !name.isEmpty else { throw ValidationError("the namespace is empty") }
    }

    mutating func run() async throws {
        let place = try JobsPlace(.namespace(name), in: directory, timeout)
        let answer = try await JobsClient.with(place) { try await $0.deleteNamespace() }
        try JobsOutput.tellDeleted(answer, output.format)
    }
}
