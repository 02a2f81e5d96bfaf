// Requests to the jobs API, to the answer. Behind the endpoint stands no scheduler: what it is asked
// for is looked at, and a job is given back.

import DaprAPI
import DaprHTTP
import HTTPTypes
import Jobs
import Scheduler
import SchedulerCore
import Synchronization

enum HTTPDoor {
    static func enter(_ input: [UInt8]) throws(Breach) -> Door.Verdict {
        let line = input.prefix { $0 != UInt8(ascii: "\n") }
        let words = String(decoding: line, as: UTF8.self).split(separator: " ", maxSplits: 1)
        guard words.count == 2, let method = HTTPRequest.Method(String(words[0])) else {
            return .refused
        }
        let body = Array(input.dropFirst(line.count + 1))
        let asked = Asked()
        let response = answer(method, String(words[1]), body, asked)
        try checkForm(of: response)
        if let breach = asked.breach { throw breach }
        guard response.status.code < 300 else { return .refused }
        if let accepted = asked.accepted { try checkShown(accepted) }
        return .accepted
    }

    /// What is behind the endpoint is asked for at most one thing, at once: nothing waits.
    private static func answer(
        _ method: HTTPRequest.Method, _ path: String, _ body: [UInt8], _ asked: Asked
    ) -> WireResponse {
        $asked.withValue(asked) {
            _ = Task.immediate {
                let response = await endpoint.answer(method, path: path, peer: "peer:1") { body }
                asked.answer(response)
            }
        }
        guard let response = asked.response else {
            preconditionFailure("the endpoint waits for something")
        }
        return response
    }

    private static func checkForm(of response: WireResponse) throws(Breach) {
        try Breach.unless(response.status.code < 600, "no status: \(response.status)")
        guard !response.body.isEmpty else { return }
        do {
            _ = try WireJSON.value(of: response.body)
        } catch {
            throw Breach(
                description:
                    "the answer is not JSON: \(String(decoding: response.body, as: UTF8.self))")
        }
        try Breach.unless(
            response.status.code < 300 || response.body.starts(with: #"{"errorCode":"#.utf8),
            "an error without a code")
    }

    /// A job that was accepted is shown with the texts it was posted with, and its app is called
    /// with the value it was posted with.
    private static func checkShown(_ accepted: PlanLaws.Accepted) throws(Breach) {
        let job = accepted.job
        let response = answer(.get, "/v1.0/jobs/a", [], Asked(holding: accepted))
        try checkForm(of: response)
        guard
            let shown = try? WireJSON.value(of: response.body)
        else { throw Breach(description: "a job that is shown as no object") }
        for (key, text) in [
            ("name", job.definition.id.name), ("schedule", job.definition.schedule),
            ("dueTime", job.definition.dueTime), ("ttl", job.definition.ttl),
        ] {
            try Breach.unless(
                bytes(of: shown[key]) == text.map { Array($0.utf8) },
                "\(key) is shown as another text")
        }
        guard let payload = job.payload else { return }
        guard let called = WirePayload.triggerBody(of: payload),
            let value = try? WireJSON.value(of: called)
        else { throw Breach(description: "the app is called with what is not JSON") }
        try Breach.unless(
            WirePayload.payload(of: value) == payload, "the app is called with another value")
    }

    private static func bytes(of value: JSONValue?) -> [UInt8]? {
        guard case .string(let text)? = value else { return nil }
        return Array(text.utf8)
    }

    /// Made once, as a server makes it; what one input asks of it goes to `asked`.
    private static let endpoint = JobsEndpoint(
        scope: scope, jobs: AskedJobs(), about: WireMetadata(softwareVersion: "fuzz", app: nil))

    @TaskLocal fileprivate static var asked: Asked?

    // Safe because the parts are letters.
    private static let scope = try! WireScope(namespace: "default", appID: "shop")
}

/// What the endpoint asked for, and answered.
private final class Asked: Sendable {
    private struct Kept {
        var accepted: PlanLaws.Accepted?
        var breach: Breach?
        var response: WireResponse?
    }

    private let kept: Mutex<Kept>

    init(holding accepted: PlanLaws.Accepted? = nil) { kept = Mutex(Kept(accepted: accepted)) }

    /// The job it accepted, or holds.
    var accepted: PlanLaws.Accepted? { kept.withLock { $0.accepted } }
    var breach: Breach? { kept.withLock { $0.breach } }

    var response: WireResponse? { kept.withLock { $0.response } }

    func answer(_ response: WireResponse) { kept.withLock { $0.response = response } }

    func take(_ plan: JobPlan) {
        do throws(Breach) {
            let accepted = try PlanLaws.check(plan)
            kept.withLock { $0.accepted = accepted }
        } catch {
            kept.withLock { $0.breach = error }
        }
    }
}

/// What one input asks for goes to `HTTPDoor.asked`.
private struct AskedJobs: JobsService {
    var zones: any ZoneSource { PlanLaws.zones }

    func acceptClock() -> (wasHeld: Bool, isHeld: Bool) { (false, false) }
    func schedule(_ plan: JobPlan) { HTTPDoor.asked?.take(plan) }
    func get(_ id: JobID) throws(Rejection) -> (job: StoredJob, status: JobStatus) {
        guard let accepted = HTTPDoor.asked?.accepted else { throw .notFound(id) }
        return (accepted.job, accepted.status)
    }
    func list(_ prefix: JobPrefix, after last: JobID?, limit: Int) -> StoredPage {
        StoredPage(prefix: prefix, jobs: [], hasMore: false)
    }
    func delete(_ id: JobID, by caller: Caller) {}
    func deleteAll(_ prefix: JobPrefix, by caller: Caller) -> Int { 1 }
    func deleteAll(in namespace: JobNamespace, by caller: Caller) -> Int { 1 }
    func history(_ request: HistoryRequest) throws(Rejection) -> HistoryPage { throw .unavailable }
    func outcomes(_ request: OutcomeRequest) -> OutcomePage {
        OutcomePage(outcomes: [], before: nil)
    }
    func countRefusedSchedule(isOfApp: Bool) {}
}
