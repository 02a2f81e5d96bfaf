// A job in words, from the server's JSON. A missing member, such as the status from a server that
// does not send it, leaves its place empty.

import EventLog
import EventText
import Jobs

/// A job as received.
struct JobText {
    /// The most bytes of data shown in a table.
    private static let dataBytesMax = 1_024
    /// 1 h in nanoseconds.
    private static let longInFlight: Int64 = 3_600_000_000_000

    private let members: [String: JSONPart]
    private let status: [String: JSONPart]
    private let lastOutcome: JobOutcomeText?

    init(_ job: JSONPart) {
        members = job.members ?? [:]
        status = members["status"]?.members ?? [:]
        lastOutcome = status["lastOutcome"].map(JobOutcomeText.init)
    }

    /// With owners it is also told whose each job is.
    static func listHeadings(hasOwners: Bool) -> [String] {
        (hasOwners ? ["NAMESPACE", "APP OR ACTOR"] : [])
            + ["NAME", "SCHEDULE OR DUE", "NEXT DUE", "PHASE", "TICKS", "LAST"]
    }

    /// The columns that may be cut: names and schedules can be long.
    static func listElastic(hasOwners: Bool) -> [Int] { hasOwners ? [1, 2, 3, 4] : [0, 1, 2] }

    /// A row of a list.
    func row(hasOwners: Bool) -> [String] {
        (hasOwners ? [text("namespace"), owner] : [])
            + [text("name"), members["schedule"] == nil ? text("dueTime") : text("schedule")]
            + [nextDue, phase, ticks, lastOutcome?.short ?? ""]
    }

    /// An app's id; of an actor the type and the id, as the flag --actor takes them.
    private var owner: String {
        members["app"] == nil ? "\(text("actorType"))/\(text("actorID"))" : text("app")
    }

    /// One job, one line per member.
    var table: TextTable {
        var table = TextTable(["NAME", text("name")], elastic: [], wrapsLast: true)
        let rows = [
            ("NAMESPACE", text("namespace")), ("APP", text("app")),
            ("ACTOR", members["actorType"] == nil ? "" : owner),
            ("REGISTERED BY", text("submittedAppID")), ("CONCURRENCY KEY", text("concurrencyKey")),
            ("SCHEDULE", text("schedule")), ("DUE TIME", text("dueTime")), ("TTL", text("ttl")),
            ("NEXT DUE", nextDue), ("LAST DUE", status("lastDue")),
            ("PHASE", phase), ("TICKS", ticks), ("ATTEMPT", status("attempt")),
            ("LAST OUTCOME", lastOutcome?.long ?? ""), ("ERROR", lastOutcome?.error ?? ""),
            ("RETRIES", retries), ("GENERATION", status("generation")), ("DATA TYPE", dataType),
            ("DATA", data),
        ]
        for (heading, text) in rows where !text.isEmpty { table.append([heading, text]) }
        return table
    }

    /// In flight for longer than an hour, it is told since when.
    private var phase: String {
        guard let since = try? PointInTime.parse(status("triggeredAt"), field: "triggeredAt"),
            SystemClock.now().nanoseconds(since: since.resolve(from: .latest)) >= Self.longInFlight
        else { return status("phase") }
        return "\(status("phase")) since \(status("triggeredAt").prefix(19))Z"
    }

    /// What waits and has no due time never comes due.
    private var nextDue: String {
        let due = status("nextDue")
        return due.isEmpty && status("phase") == "waiting" ? "never" : due
    }

    /// How many ticks are done, and of how many if they are limited.
    private var ticks: String {
        let done = status("ticksDone")
        return members["repeats"].map { "\(done)/\($0.text)" } ?? done
    }

    private var retries: String {
        guard let policy = members["failurePolicy"]?.members else { return "" }
        guard let constant = policy["constant"]?.members else {
            return policy["drop"] == nil ? "" : "none"
        }
        let count = constant["maxRetries"]?.text ?? "unlimited"
        return "\(count), \(constant["interval"]?.string ?? "0s") apart"
    }

    /// Empty for plain JSON, the common case.
    private var dataType: String {
        let type = members["data"]?.members?["@type"]?.string ?? ""
        return type.hasSuffix("/google.protobuf.Value") ? "" : type
    }

    private var data: String {
        guard let data = members["data"] else { return "" }
        let value = data.members?["value"] ?? data.members?["base64"] ?? data
        guard value.bytes.count > JobText.dataBytesMax else { return value.text }
        let shown = String(decoding: value.bytes.prefix(JobText.dataBytesMax), as: UTF8.self)
        return "\(shown)… (\(value.bytes.count.counted("byte")); -o json shows all)"
    }

    private func text(_ key: String) -> String { shown(members[key]) }

    private func status(_ key: String) -> String { shown(status[key]) }

    private func shown(_ part: JSONPart?) -> String { part.map { $0.string ?? $0.text } ?? "" }
}
