// What a trigger came to in words, from the server's JSON. Unknown words are shown as received.

import EventText
import Jobs

/// An outcome as received.
struct JobOutcomeText {
    private let members: [String: JSONPart]

    init(_ outcome: JSONPart) { members = outcome.members ?? [:] }

    /// With owners it is also told whose each job is.
    static func headings(hasOwners: Bool) -> [String] {
        ["TIME"] + (hasOwners ? ["NAMESPACE", "APP OR ACTOR"] : []) + ["NAME", "WHAT"]
    }

    func row(hasOwners: Bool) -> [String] {
        let owner =
            members["app"] == nil ? "\(text("actorType"))/\(text("actorID"))" : text("app")
        return [time] + (hasOwners ? [text("namespace"), owner] : []) + [text("name"), what]
    }

    /// A word or two, for a list of jobs.
    var short: String {
        let code = text("code")
        if text("outcome") == "succeeded", code == "404" || code == "5" { return "no handler" }
        return text("outcome") == "failed" && code != "0" ? "failed \(code)" : text("outcome")
    }

    /// A line about it, for a job by itself.
    var long: String {
        let attempt = text("attempt") == "1" ? "" : ", attempt \(text("attempt"))"
        return "\(short), tick \(text("tick"))\(attempt), at \(time)"
    }

    /// What the app said; empty if it is not known.
    var error: String { SafeText.shown(text("error"), limit: ErrorText.bytesMax) }

    private var what: String {
        let end = text("isGivenUp") == "true" ? "given up at attempt" : "attempt"
        return "\(short), tick \(text("tick")), \(end) \(text("attempt"))"
            + (error.isEmpty ? "" : ": \(error)")
    }

    /// Cut to whole seconds.
    private var time: String { "\(text("time").prefix(19))Z" }

    private func text(_ key: String) -> String { members[key].map { $0.string ?? $0.text } ?? "" }
}
