// Lists across apps. In the order of jobs all jobs of apps come before all reminders, so a list of a
// namespace has two stretches, and one cursor leads through both.

import DaprAPI
import DaprHTTP
import Jobs
import Scheduler
import SchedulerCore

/// A request for one page of a list.
struct OperatorList {
    /// The prefixes whose jobs are listed, one after the other, in the order of jobs.
    let stretches: [JobPrefix]
    let last: JobID?
    let limit: Int

    /// The jobs and reminders of a namespace, or of all; the query can select one kind.
    init(namespace: String?, query: Substring) throws(WireError) {
        try self.init(query, named: "kind") { text throws(InvalidField) in
            try OperatorList.kinds(text).map { kind throws(InvalidField) in
                if let namespace { return try JobPrefix(kind, namespace: namespace) }
                return JobPrefix(kind)
            }
        }
    }

    /// The reminders of all actors of a type; the query can select actors by the beginning of
    /// their ids.
    init(namespace: String, actorType: String, query: Substring) throws(WireError) {
        try self.init(query, named: "idPrefix") { text throws(InvalidField) in
            [try JobPrefix(namespace: namespace, actorType: actorType, ids: text ?? "")]
        }
    }

    /// The jobs of an app, or the reminders of an actor; the query can select them by the beginning
    /// of their names.
    init(namespace: String, target: Target, query: Substring) throws(WireError) {
        try self.init(query, named: "prefix") { text throws(InvalidField) in
            [try JobPrefix(namespace: namespace, target: target, prefix: text ?? "")]
        }
    }

    /// `stretches` gets the value of the parameter `name`, if it is given.
    private init(
        _ query: Substring, named name: String,
        _ stretches: (String?) throws(InvalidField) -> [JobPrefix]
    ) throws(WireError) {
        let query = try WireQuery(query, names: [name, "limit", "cursor"])
        do throws(InvalidField) {
            let stretches = try stretches(query[name])
            self.stretches = stretches
            limit =
                try query.number("limit", in: 1...TurnLimits.pageJobsMax)
                ?? HTTPLimits.pageJobsStandard
            last = try query["cursor"].map { text throws(InvalidField) in
                let last = try WireCursor.job(from: text, in: .everything)
                guard stretches.contains(where: { $0.contains(last) }) else {
                    throw InvalidField("cursor", "is not one that this list has returned")
                }
                return last
            }
        } catch {
            throw .invalidParameter(error, during: .list)
        }
    }

    private static func kinds(_ text: String?) throws(InvalidField) -> [JobPrefix.Kind] {
        switch text?.keyword {
        case nil: [.app, .actor]
        case "jobs": [.app]
        case "reminders": [.actor]
        default: throw InvalidField("kind", "must be jobs or reminders")
        }
    }

    /// The page. Each stretch is read in a turn of its own.
    func page(of jobs: any JobsService) async throws(Rejection) -> [UInt8] {
        var shown: [JSONText] = []
        var end: JobID?
        var hasMore = false
        for stretch in stretches where !hasMore {
            let room = limit - shown.count
            let page = try await jobs.list(stretch, after: last, limit: max(room, 1))
            // Of a page that is full it is only asked whether anything follows.
            hasMore = page.hasMore || room == 0 && !page.jobs.isEmpty
            guard room > 0 else { continue }
            shown += page.jobs.map { OperatorJob.json(of: $0.job, $0.status) }
            end = page.jobs.last?.job.definition.id ?? end
        }
        var fields: [(String, JSONText)] = [("jobs", .array(shown))]
        if hasMore, let end {
            fields.append(("nextCursor", .string(WireCursor.text(behind: end, in: .everything))))
        }
        return JSONText.object(fields).bytes
    }
}

extension WireOutcomes {
    /// Of the jobs that `list` is the list of; with a prefix of their names if they belong to one app or
    /// actor.
    init(of list: OperatorRoute, query: Substring) throws(WireError) {
        try self.init(query: query) { prefix throws(InvalidField) in
            if case .owned(let namespace, let target, _) = list {
                return [
                    try JobPrefix(namespace: namespace, target: target, prefix: prefix ?? "")
                ]
            }
            guard prefix == nil else {
                throw InvalidField("prefix", "is for the names of one app or actor")
            }
            switch list {
            case .jobs(let namespace?, _):
                return [
                    try JobPrefix(.app, namespace: namespace),
                    try JobPrefix(.actor, namespace: namespace),
                ]
            case .reminders(let namespace, let type, _):
                return [try JobPrefix(namespace: namespace, actorType: type, ids: "")]
            default: return [.everything]
            }
        }
    }
}
