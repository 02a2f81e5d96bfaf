import ArgumentParser

struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Serve the jobs API and call the apps when jobs are due.",
        discussion: """
            The jobs API is POST, GET and DELETE /v1.0/jobs/{name} (also under /v1.0-alpha1, where \
            posting to an existing name replaces the job). GET /v1.0/healthz answers 204.

            The app is called with POST /job/{name}. While it does not accept connections its jobs \
            wait; nothing is lost and no retry is used up.

            SIGTERM and SIGINT stop it: no more triggers, up to 5 s for what is in flight, exit 0.

            \(ServeOptions.discussion)
            """)

    @OptionGroup var options: ServeOptions

    mutating func run() async throws {
        try await Serving(options).run()
    }
}
