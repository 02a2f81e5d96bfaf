import ArgumentParser
import Glibc
import Jobs
import OperatorAPI

struct JobsImport: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Schedule the jobs and reminders that an export has printed.",
        discussion: """
              daybook jobs import jobs.jsonl
              daybook jobs export | daybook jobs import - --overwrite

            Each line is one job, as "daybook jobs export" prints it; empty lines are skipped. An \
            imported job begins anew: its ticks are counted from 1, and times that were submitted \
            relative to then, such as 36h, count from now.

            A job that exists already is unchanged, and its line refused, unless --overwrite is \
            given. For each refused line standard error says its number and why; the others are \
            imported. If the server goes away, the lines after the one that is named may have been \
            imported or not; the same command continues, with --overwrite or without.

            The server must run on this machine, on the data directory --data-dir, by a user who \
            may open the socket operator.sock there.

            Exit codes: 0 all lines imported; 1 some were refused; 2 wrong usage; 3 no server \
            answers; 6 I/O error.
            """)

    @Argument(
        help: ArgumentHelp("The file with the jobs, or - for standard input.", valueName: "file"),
        completion: .file())
    var file: String

    @Flag(help: "Replace jobs that exist already.")
    var overwrite = false

    @OptionGroup var directory: DataDirectoryOption
    @OptionGroup var timeout: JobsTimeoutOption

    mutating func run() async throws {
        let (descriptor, name) = try JobsPayload.open(file)
        defer { close(descriptor) }
        let place = try JobsPlace(.jobs(namespace: nil), in: directory, timeout)
        let isReplacing = overwrite
        try await JobsClient.with(place) { client in
            var input = StandardInput(
                descriptor, name: name, lineBytesMax: OperatorLimits.bodyBytesMax)
            var lines = ImportedLines(client: client, isReplacing: isReplacing)
            while let line = try input.line() { try await lines.take(line) }
            try await lines.end()
        }
    }
}

/// Schedules lines, some at a time, and reports the refused ones in their order.
private struct ImportedLines {
    /// Lines that are sent together: the server makes them durable together.
    private static let batchLinesMax = 64
    /// Bytes at which a batch is sent.
    private static let batchBytesMax = 8 << 20

    private let client: JobsClient
    private let isReplacing: Bool
    private var number = 0
    private var batch: [Line] = []
    private var batchBytes = 0
    private var batchPaths: Set<[UInt8]> = []
    private var counts = (imported: 0, refused: 0)

    private struct Line: Sendable {
        let number: Int
        /// The path of the job and its JSON, or why there is none.
        let job: Result<(path: String, json: String), Refusal>
    }

    private struct Refusal: Error {
        let reason: String
    }

    init(client: JobsClient, isReplacing: Bool) {
        self.client = client
        self.isReplacing = isReplacing
    }

    mutating func take(_ line: StandardInput.Line) async throws {
        number += 1
        let job: Result<(path: String, json: String), Refusal>
        switch line {
        case .refused(let reason): job = .failure(Refusal(reason: reason))
        case .text(let text):
            if text.allSatisfy(\.isWhitespace) { return }
            job = Result { () throws(Refusal) in (path: try ImportedLines.path(of: text), text) }
        }
        if case .success(let (path, json)) = job {
            // Of two lines for one job the later one must win.
            if batchPaths.contains(Array(path.utf8)) { try await send() }
            batchPaths.insert(Array(path.utf8))
            batchBytes += json.utf8.count
        }
        batch.append(Line(number: number, job: job))
        let isFull = batch.count >= ImportedLines.batchLinesMax
        if isFull || batchBytes >= ImportedLines.batchBytesMax { try await send() }
    }

    /// Sends what is left and says what has become of all lines.
    mutating func end() async throws {
        try await send()
        let (imported, refused) = counts
        guard refused == 0 else {
            throw Failure(
                code: Failure.refused,
                reason: "\(refused) of \(imported + refused) jobs were not imported")
        }
        guard JobsOutput.isTerminal else { return }
        var output = JobsOutput()
        output.append("imported \(imported) \(imported == 1 ? "job" : "jobs")\n")
        try output.flush()
    }

    private mutating func send() async throws {
        let (client, query) = (client, isReplacing ? "?overwrite=true" : "")
        let failures = await withTaskGroup(of: (Int, Failure?).self) { group in
            for line in batch {
                group.addTask {
                    do {
                        let (path, json) = try line.job.get()
                        try await client.schedule(at: path + query, json)
                        return (line.number, nil)
                    } catch let refusal as Refusal {
                        return (
                            line.number, Failure(code: Failure.refused, reason: refusal.reason)
                        )
                    } catch {
                        return (line.number, Failure(error))
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        (batch, batchBytes, batchPaths) = ([], 0, [])
        for (number, failure) in failures.sorted(by: { $0.0 < $1.0 }) {
            guard let failure else {
                counts.imported += 1
                continue
            }
            let reason = "line \(number): \(failure.reason)"
            guard failure.code == Failure.refused else {
                throw Failure(code: failure.code, reason: reason)
            }
            counts.refused += 1
            StandardError.write("daybook: \(reason)\n")
        }
    }

    /// Where the job of a line belongs.
    private static func path(of text: String) throws(Refusal) -> String {
        let members: [String: JSONPart]
        do throws(NotJSON) {
            members = try JSONPart(Array(text.utf8)).members ?? [:]
        } catch {
            throw Refusal(reason: "is \(error)")
        }
        func part(_ key: String) throws(Refusal) -> String {
            guard let part = members[key]?.string, !part.isEmpty else {
                throw Refusal(reason: "does not say its \(key)")
            }
            return part
        }
        let namespace = try part("namespace")
        let jobs: OperatorPath =
            members["actorType"] == nil
            ? .app(namespace: namespace, id: try part("app"))
            : .actor(
                namespace: namespace, type: try part("actorType"), id: try part("actorID"))
        return JobsPlace.path(of: try part("name"), below: jobs.text)
    }
}
