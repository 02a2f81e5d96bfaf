// The operator's API: jobs and reminders of every app. Who reaches it may do everything, so it is
// served where the file system says who does, and no token is asked for.

package import DaprAPI
package import DaprHTTP
package import HTTPTypes
import Jobs
import Listeners
package import Scheduler
import SchedulerCore

package struct OperatorEndpoint: HTTPEndpoint {
    private let jobs: any JobsService
    /// Whether all listeners accept requests.
    private let isReady: @Sendable () -> Bool

    package init(jobs: any JobsService, isReady: @escaping @Sendable () -> Bool = { true }) {
        self.jobs = jobs
        self.isReady = isReady
    }

    package func answer(
        _ method: HTTPRequest.Method, path: String, peer: String,
        body: () async throws(WireError) -> [UInt8]
    ) async -> WireResponse {
        do throws(WireError) {
            let route = try OperatorRoute(path: path)
            guard route.methods.contains(method) else {
                return WireError.methodNotAllowed.response(allow: route.methods)
            }
            return try await answer(
                method, route, Caller(api: .operator, appID: "", peer: peer), body)
        } catch {
            return error.response()
        }
    }

    private func answer(
        _ method: HTTPRequest.Method, _ route: OperatorRoute, _ caller: Caller,
        _ body: () async throws(WireError) -> [UInt8]
    ) async throws(WireError) -> WireResponse {
        switch route {
        case .health:
            guard isReady() else { throw .notReady }
            return WireResponse(status: .noContent)
        case .acceptClock:
            return try await answer(.acceptClock) { () throws(Rejection) in
                let (wasHeld, isHeld) = try await jobs.acceptClock()
                let fields = [
                    ("wasHeld", JSONText(.bool(wasHeld))), ("isHeld", JSONText(.bool(isHeld))),
                ]
                return WireResponse(status: .ok, body: JSONText.object(fields).bytes)
            }
        case .jobs(let namespace, let query):
            return try await list(try OperatorList(namespace: namespace, query: query))
        case .reminders(let namespace, let actorType, let query):
            return try await list(
                try OperatorList(namespace: namespace, actorType: actorType, query: query))
        case .owned(let namespace, let target, let query):
            guard method == .delete else {
                return try await list(
                    try OperatorList(namespace: namespace, target: target, query: query))
            }
            return try await deleteAll(namespace, target, query, caller)
        case .job(let namespace, let target, let name, let query):
            let operation: WireError.Operation =
                switch method {
                case .post: .schedule
                case .delete: .delete
                default: .get
                }
            let id = try id(namespace, target, name, operation)
            switch method {
            case .post: return try await schedule(id, query, caller, body)
            case .delete: return try await delete(id, query, caller)
            default: return try await get(id, query)
            }
        case .history(let namespace, let target, let name, let query):
            return try await history(try id(namespace, target, name, .history), query)
        case .outcomes(let list, let query):
            return try await outcomes(try WireOutcomes(of: list, query: query))
        case .namespace(let name, let query):
            return try await deleteNamespace(name, query, caller)
        }
    }

    private func id(
        _ namespace: String, _ target: Target, _ name: String, _ operation: WireError.Operation
    ) throws(WireError) -> JobID {
        do {
            return try JobID(namespace: namespace, target: target, name: name)
        } catch {
            throw .invalid(error, during: operation)
        }
    }

    private func list(_ list: OperatorList) async throws(WireError) -> WireResponse {
        try await answer(.list) { () throws(Rejection) in
            try await LongAnswers.shared.make { () throws(Rejection) in
                WireResponse(status: .ok, body: try await list.page(of: jobs))
            }
        }
    }

    private func get(_ id: JobID, _ query: Substring) async throws(WireError) -> WireResponse {
        _ = try WireQuery(query, names: [])
        return try await answer(.get) { () throws(Rejection) in
            let (job, status) = try await jobs.get(id)
            return WireResponse(status: .ok, body: OperatorJob.json(of: job, status).bytes)
        }
    }

    private func schedule(
        _ id: JobID, _ query: Substring, _ caller: Caller,
        _ body: () async throws(WireError) -> [UInt8]
    ) async throws(WireError) -> WireResponse {
        let plan: JobPlan
        do throws(WireError) {
            plan = try OperatorJob.plan(
                from: try await body(), for: id, overwrite: try overwrite(query),
                caller: caller, zones: jobs.zones)
        } catch {
            // The scheduler counts requests that get further than this.
            jobs.countRefusedSchedule(isOfApp: id.isOfApp)
            throw error
        }
        return try await answer(.schedule) { () throws(Rejection) in
            try await jobs.schedule(plan)
            return WireResponse(status: .noContent)
        }
    }

    private func overwrite(_ query: Substring) throws(WireError) -> Bool {
        let text = try WireQuery(query, names: ["overwrite"])["overwrite"]?.keyword
        guard let text else { return false }
        guard text == "true" || text == "false" else {
            let field = InvalidField("overwrite", "must be true or false")
            throw .invalidParameter(field, during: .schedule)
        }
        return text == "true"
    }

    private func delete(
        _ id: JobID, _ query: Substring, _ caller: Caller
    ) async throws(WireError) -> WireResponse {
        _ = try WireQuery(query, names: [])
        return try await answer(.delete) { () throws(Rejection) in
            try await jobs.delete(id, by: caller)
            return WireResponse(status: .noContent)
        }
    }

    /// As in the jobs API the prefix must be given, even if it is empty.
    private func deleteAll(
        _ namespace: String, _ target: Target, _ query: Substring, _ caller: Caller
    ) async throws(WireError) -> WireResponse {
        let query = try WireQuery(query, names: ["prefix"])
        let prefix: JobPrefix
        do throws(InvalidField) {
            guard let text = query["prefix"] else {
                throw InvalidField("prefix", "is missing; \"prefix=\" deletes all of them")
            }
            prefix = try JobPrefix(namespace: namespace, target: target, prefix: text)
        } catch {
            throw .invalidParameter(error, during: .delete)
        }
        return try await answer(.delete) { () throws(Rejection) in
            WireResponse.deleted(try await jobs.deleteAll(prefix, by: caller))
        }
    }

    private func deleteNamespace(
        _ name: String, _ query: Substring, _ caller: Caller
    ) async throws(WireError) -> WireResponse {
        _ = try WireQuery(query, names: [])
        let namespace: JobNamespace
        do {
            namespace = try JobNamespace(name)
        } catch {
            throw .invalid(error, during: .delete)
        }
        return try await answer(.delete) { () throws(Rejection) in
            WireResponse.deleted(try await jobs.deleteAll(in: namespace, by: caller))
        }
    }

    private func history(_ id: JobID, _ query: Substring) async throws(WireError) -> WireResponse {
        let history = try WireHistory(of: id, query: query)
        return try await answer(.history) { () throws(Rejection) in
            let page = try await jobs.history(history.request)
            return WireResponse(status: .ok, body: history.body(of: page))
        }
    }

    private func outcomes(_ outcomes: WireOutcomes) async throws(WireError) -> WireResponse {
        try await answer(.outcomes) { () throws(Rejection) in
            let page = try await jobs.outcomes(outcomes.request)
            return WireResponse(status: .ok, body: WireOutcomes.body(of: page))
        }
    }

    private func answer(
        _ operation: WireError.Operation, _ call: () async throws(Rejection) -> WireResponse
    ) async throws(WireError) -> WireResponse {
        do throws(Rejection) {
            return try await call()
        } catch {
            throw .rejected(error, during: operation)
        }
    }
}

extension WireError {
    /// The answer that says it. `allow` are the methods the path accepts, if that is what is wrong.
    package func response(allow: [HTTPRequest.Method] = []) -> WireResponse {
        WireResponse(status: status, body: body, allow: allow)
    }
}
