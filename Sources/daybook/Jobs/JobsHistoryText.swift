// An event in words, from the server's JSON. Unknown kinds and words are shown as received.

import EventText
import Jobs

/// An event as received.
struct JobsHistoryText {
    /// The most bytes shown of a schedule or a prefix.
    private static let textBytesMax = 256
    /// Decimals of a second.
    private static let decimalsMax = 3

    private let members: [String: JSONPart]

    init(_ event: JSONPart) { members = event.members ?? [:] }

    static let headings = ["TIME", "EVENT", "WHAT"]

    var row: [String] { [time("time"), text("kind"), what] }

    private var what: String {
        let parts: [String] =
            switch text("kind") {
            case "created": accepted
            case "updated": ["in place of the previous job"] + accepted
            case "triggered": triggered
            case "acknowledged": [outcome, said("error", "the app said: "), next]
            case "skipped": ["ticks \(text("firstTick")) to \(text("lastTick")) left out", next]
            case "rescheduled": [moved]
            case "deleted": [end, caller]
            case "deletedByPrefix": [scope, caller]
            default: []
            }
        return parts.filter { !$0.isEmpty }.joined(separator: "; ")
    }

    // MARK: A job begins and ends

    private var accepted: [String] {
        [
            said("schedule", "schedule "), said("dueTime", "due time "), said("ttl", "ttl "),
            members["repeats"].map { counted($0.text, "tick") } ?? "",
            members["ticksElsewhere"].map {
                "\($0.text) ran elsewhere, the last due \(time("lastDueElsewhere"))"
            } ?? "",
            members["firstDue"] == nil ? "never due" : "first due \(time("firstDue"))", caller,
        ]
    }

    private var end: String {
        switch text("reason") {
        case "requested": "as requested"
        case "completed": "its last tick is done"
        case "expired": "no tick is left before its end"
        case "givenUp": "its last tick was given up"
        case let other: other
        }
    }

    private var scope: String {
        if members["actorTypePrefix"] != nil { return "with all reminders of the namespace" }
        if members["appPrefix"] != nil {
            return text("appPrefix").isEmpty
                ? "with all jobs of the namespace"
                : "with all jobs of apps that begin with \"\(shown("appPrefix"))\""
        }
        return text("namePrefix").isEmpty
            ? "with all jobs of the app"
            : "with all jobs that begin with \"\(shown("namePrefix"))\""
    }

    private var caller: String {
        guard members["callerAPI"] != nil else { return "" }
        let peer = text("callerPeer")
        if text("callerAPI") == "import" { return "imported from \(shown("callerPeer"))" }
        return "requested over \(text("callerAPI"))"
            + (peer.isEmpty ? "" : " by \(shown("callerPeer"))")
    }

    // MARK: Its ticks

    private var triggered: [String] {
        var call = "the app is called for tick \(text("tick")), due \(time("due"))"
        switch text("cause") {
        case "schedule": break
        case "retry": call += ", again: attempt \(text("attempt"))"
        case "redelivery": call += ", once more: attempt \(text("attempt")) has no answer"
        case let other: call += ", \(other)"
        }
        return [call, late]
    }

    private var late: String {
        let name = text("heldBy")
        return name.isEmpty ? "" : "late: \(Trigger.Hold(name: name)?.words ?? name)"
    }

    private var outcome: String {
        let code = text("code")
        let answer = code == "0" ? "" : ", the app answered \(code)"
        let hasBroken = text("connectionBroke") == "true"
        let broke = "the connection to the app broke before it answered"
        return switch text("outcome") {
        case "failed" where hasBroken: "failed, \(broke)"
        case "abandoned" where hasBroken: "no answer, \(broke)"
        // HTTP's 404, or gRPC's NOT_FOUND.
        case "succeeded" where code == "404" || code == "5":
            "no handler\(answer)"
        case "succeeded": "done\(answer)"
        case "failed": "failed\(answer)"
        case "dropped": "given up, the app said DROPPED"
        case "timedOut": "failed, the app did not answer in time"
        case "undeliverable": "not delivered, the app could not be reached"
        case "abandoned": "no answer, the app left or the server broke down"
        case "late": "too late to count\(answer)"
        case let other: "\(other)\(answer)"
        }
    }

    private var next: String {
        members["nextTick"] == nil ? "" : "then tick \(text("nextTick")) at \(time("nextAt"))"
    }

    private var moved: String {
        let from = "tick \(text("tick")), due \(time("from")),"
        let to = members["to"] == nil ? "will not run" : "moved to \(time("to"))"
        let why =
            text("reason") == "clock"
            ? "the clock was put back" : "the rules of its time zone changed"
        return "\(from) \(to): \(why)"
    }

    // MARK: Values

    private func text(_ key: String) -> String { members[key].map { $0.string ?? $0.text } ?? "" }

    private func counted(_ number: String, _ noun: String) -> String {
        "\(number) \(noun)\(number == "1" ? "" : "s")"
    }

    private func shown(_ key: String) -> String {
        SafeText.shown(text(key), limit: JobsHistoryText.textBytesMax)
    }

    private func said(_ key: String, _ before: String) -> String {
        members[key] == nil ? "" : before + shown(key)
    }

    /// An instant, cut to milliseconds; the JSON has the rest.
    private func time(_ key: String) -> String {
        let text = text(key)
        guard let point = text.firstIndex(of: "."), text.hasSuffix("Z") else { return text }
        let decimals = text[text.index(after: point)...].dropLast()
        return "\(text[...point])\(decimals.prefix(JobsHistoryText.decimalsMax))Z"
    }
}
