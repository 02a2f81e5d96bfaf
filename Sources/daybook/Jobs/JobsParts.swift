// The parts in which a server answers what may be long.

import EventText

/// Some of the jobs of a list, in the order of their names.
struct JobsPage {
    /// The page as received.
    let json: JSONPart
    let jobs: [JSONPart]
    /// Where the next page begins; `nil` after the last.
    let nextCursor: String?

    init?(_ json: JSONPart) {
        guard let members = json.members, let jobs = members["jobs"]?.elements else { return nil }
        self.json = json
        self.jobs = jobs
        nextCursor = members["nextCursor"]?.string
    }
}

/// Some entries of the log, newest first: events of a name, or outcomes.
struct JobsLogPart {
    let entries: [JSONPart]
    /// Where the next part begins; `nil` after the last.
    let before: UInt64?

    /// `nil` if `json` has no array `member`.
    init?(_ json: JSONPart, member: String) {
        guard let members = json.members, let entries = members[member]?.elements else {
            return nil
        }
        self.entries = entries
        before = members["before"].flatMap { UInt64($0.text) }
        if before == nil, members["before"] != nil { return nil }
    }
}

/// Prints entries of the log part by part; formats that need the whole are printed at the end.
struct JobsLogPrinter {
    /// The most entries that can be requested; all are kept in memory until they are printed.
    static let countMax = 100_000
    /// Entries of one part, the server's maximum.
    private static let partMax = 1_000

    let format: JobsOutputOptions.Format
    /// The member that holds the entries in JSON.
    let member: String
    /// What the entries are, in words.
    let words: String
    private var output = JobsOutput()
    private var entries: [JSONPart] = []

    init(format: JobsOutputOptions.Format, member: String, words: String) {
        self.format = format
        self.member = member
        self.words = words
    }

    /// Asks for parts until there are `count` entries, or none is left, or as many parts as `partsMax`
    /// were asked for. Returns where the next part begins.
    mutating func print(
        _ count: Int, before start: UInt64?, partsMax: Int = .max,
        _ ask: (_ limit: Int, _ before: UInt64?) async throws -> JobsLogPart
    ) async throws -> UInt64? {
        var (before, rest, parts) = (start, count, partsMax)
        repeat {
            let part = try await ask(min(rest, Self.partMax), before)
            rest -= part.entries.count
            parts -= 1
            try print(part)
            // Prevents an endless loop.
            guard part.before ?? 0 < before ?? .max else {
                throw Failure(
                    code: Failure.cannotOpen, reason: "the server keeps giving the same \(words)")
            }
            before = part.before
        } while rest > 0 && parts > 0 && before != nil
        return before
    }

    private mutating func print(_ part: JobsLogPart) throws(Failure) {
        switch format {
        case .table, .json: entries += part.entries
        case .jsonl:
            for entry in part.entries {
                output.append(entry.oneLine)
                output.append("\n")
            }
            try output.flush()
        }
    }

    /// `table` is empty; the newest entry gets its last row.
    mutating func end(
        before: UInt64?, _ table: TextTable, _ row: (JSONPart) -> [String]
    ) throws(Failure) {
        switch format {
        case .table:
            var table = table
            for entry in entries.reversed() { table.append(row(entry)) }
            output.append(table.text(columns: JobsOutput.columns))
        case .json:
            output.append("{\"\(member)\":[")
            for (index, entry) in entries.enumerated() {
                if index > 0 { output.append(",") }
                output.append(entry)
            }
            output.append(before.map { "],\"before\":\($0)}\n" } ?? "]}\n")
        case .jsonl: break
        }
        try output.flush()
        if let before, format != .json {
            StandardError.write(
                "daybook: there may be older \(words); --before \(before) shows them\n")
        }
    }
}
