import ArgumentParser
import DaprAPI
import Jobs

struct JobsPut: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "put",
        abstract: "Schedule a job.",
        discussion: """
            A job is due by its schedule, or once at its due time, or by its schedule with the due \
            time as its first tick:

              daybook jobs put report --schedule '0 30 6 * * MON-FRI'
              daybook jobs put reminder --due-time 36h --data '"call them back"'
              daybook jobs put poll --schedule '@every 10s' --repeats 100 \\
                  --due-time 2027-01-01T00:00:00Z

            "daybook jobs next" shows when a schedule is due, without a job. White space at the \
            ends of a name is dropped.

            The data is JSON, and the app gets it with every call. A text needs its own quotes \
            inside those of the shell. From a file, or from a program:

              daybook jobs put import --due-time 0s --data-file order.json
              jq -n '{to: "ops"}' | daybook jobs put daily --schedule @daily --data-file -

            If the job exists already it is unchanged and the command fails, unless --overwrite is \
            given; then it starts anew:

              daybook jobs put report --schedule @hourly --overwrite

            When the app fails a tick it is called again, three times, a second apart. To change \
            that:

              daybook jobs put mail --schedule @daily --retry-interval 30s --max-retries 10
              daybook jobs put ping --schedule '@every 1s' --drop

            Only a terminal gets a line of output. After exit code 0 the job is durable.

            \(JobsServerOptions.discussion)

            Exit codes: 0 scheduled; 1 the server says no, as to a schedule it cannot read or a \
            name that is taken; 2 wrong usage; 3 no jobs API answers; 6 the data cannot be read.
            """)

    @OptionGroup var job: JobNameArgument

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            """
            When it is due: six fields (second, minute, hour, day of month, month, day of week), \
            a name such as @daily, or @every with a duration.
            """, valueName: "schedule"),
        completion: .list(["@yearly", "@monthly", "@weekly", "@daily", "@hourly"]))
    var schedule: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            """
            When it is due first, or once without a schedule: 2027-01-01T00:00:00Z, or from now, \
            36h, P1W.
            """, valueName: "time"))
    var dueTime: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "When it expires: a time, or a span from now, as for --due-time.",
            valueName: "time"))
    var ttl: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("The number of its ticks.", valueName: "count"))
    var repeats: UInt32?

    @Flag(help: "Replace the job of this name, if there is one.")
    var overwrite = false

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("The data for the app, as JSON.", valueName: "json"))
    var data: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "A file with the data, or - for standard input; 8 MiB at most.", valueName: "file"),
        completion: .file())
    var dataFile: String?

    @Flag(help: "Give up a tick if the app fails it: no retries.")
    var drop = false

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "The pause between attempts, such as 1m30s. (default: 0s with --max-retries)",
            valueName: "duration"))
    var retryInterval: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "The most retries of a tick. (default: unlimited with --retry-interval)",
            valueName: "count"))
    var maxRetries: UInt32?

    @OptionGroup var server: JobsServerOptions

    mutating func validate() throws {
        guard schedule != nil || dueTime != nil else {
            throw ValidationError(
                "say when it is due, with --schedule '0 30 6 * * *' or --due-time 36h, or both")
        }
        guard data == nil || dataFile == nil else {
            throw ValidationError("--data and --data-file both say what the data is")
        }
        guard !drop || retryInterval == nil && maxRetries == nil else {
            throw ValidationError(
                "--drop means no retries; leave out --retry-interval and --max-retries")
        }
    }

    mutating func run() async throws {
        let (name, body) = (job.name, try body())
        try await JobsClient.with(try JobsPlace(server)) { try await $0.schedule(name, body) }
        try JobsOutput.tell("scheduled", name: name)
    }

    /// The request's body. Texts are validated by the server; only the data must be checked to be
    /// one JSON value, or it could add other members.
    private func body() throws(Failure) -> String {
        var members: [(String, String)] = []
        for case (let key, let text?) in [
            ("schedule", schedule), ("dueTime", dueTime), ("ttl", ttl),
        ] {
            members.append((key, JSONString.quoted(text)))
        }
        if let repeats { members.append(("repeats", "\(repeats)")) }
        if overwrite { members.append(("overwrite", "true")) }
        if let policy = try failurePolicy() { members.append(("failurePolicy", policy)) }
        if let data = try payload() { members.append(("data", data.text)) }
        return "{\(members.map { "\"\($0)\":\($1)" }.joined(separator: ","))}"
    }

    private func failurePolicy() throws(Failure) -> String? {
        if drop { return #"{"drop":{}}"# }
        if retryInterval == nil && maxRetries == nil { return nil }
        var members: [String] = []
        if let retryInterval {
            members.append("\"interval\":\"\(try JobsPut.seconds(retryInterval))\"")
        }
        if let maxRetries { members.append("\"maxRetries\":\(maxRetries)") }
        return "{\"constant\":{\(members.joined(separator: ","))}}"
    }

    /// A duration in the form the API requires here, unlike elsewhere: seconds with decimals.
    private static func seconds(_ text: String) throws(Failure) -> String {
        let nanoseconds = try? GoDuration.parse(text)
        guard let nanoseconds, nanoseconds >= 0 else {
            let shown = SafeText.shown(text)
            throw Failure(
                code: Failure.usage,
                reason: "--retry-interval must be a duration such as 1m30s, not \"\(shown)\"")
        }
        return WireDuration.text(of: nanoseconds)
    }

    private func payload() throws(Failure) -> JSONPart? {
        let bytes: [UInt8]
        let origin: String
        if let data {
            (bytes, origin) = (Array(data.utf8), "--data")
        } else if let dataFile {
            (bytes, origin) = (try JobsPayload.contents(of: dataFile), "--data-file")
        } else {
            return nil
        }
        do {
            return try JSONPart(bytes)
        } catch {
            let hint = error == .malformed(at: 1) ? #"; a text needs its quotes: '"hello"'"# : ""
            throw Failure(code: Failure.usage, reason: "\(origin) is \(error)\(hint)")
        }
    }
}
