// The parts in which a server answers what may be long.

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

/// Some outcomes, newest first.
struct JobsOutcomesPart {
    let outcomes: [JSONPart]
    /// Where the next part begins; `nil` after the last.
    let before: UInt64?

    init?(_ json: JSONPart) {
        guard let members = json.members, let outcomes = members["outcomes"]?.elements else {
            return nil
        }
        self.outcomes = outcomes
        before = members["before"].flatMap { UInt64($0.text) }
        if before == nil, members["before"] != nil { return nil }
    }
}

/// Some of the events of a name, newest first.
struct JobsHistoryPart {
    let events: [JSONPart]
    /// Where the next part begins; `nil` after the last.
    let before: UInt64?

    init?(_ json: JSONPart) {
        guard let members = json.members, let events = members["history"]?.elements else {
            return nil
        }
        self.events = events
        if let before = members["before"] {
            guard let number = UInt64(before.text) else { return nil }
            self.before = number
        } else {
            before = nil
        }
    }

    /// Whether a job of the name was there: a deletion by prefix alone does not say so.
    var namesJob: Bool {
        events.contains { $0.members?["kind"]?.string != "deletedByPrefix" }
    }
}
