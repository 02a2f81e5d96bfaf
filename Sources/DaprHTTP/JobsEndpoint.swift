// Turns a request into an answer. Nothing is decided here: bytes are decoded to a call, and its
// result is encoded to bytes.

package import DaprAPI
package import HTTPTypes
import Jobs
import Listeners
package import Scheduler
import SchedulerCore

/// The jobs API of one app.
package struct JobsEndpoint: HTTPEndpoint {
    private let scope: WireScope
    private let jobs: any JobsService
    /// Whether all listeners accept requests.
    private let isReady: @Sendable () -> Bool
    /// Precomputed answers.
    private let metadata: [UInt8]
    private let openAPI: [UInt8]

    package init(
        scope: WireScope, jobs: any JobsService, about metadata: WireMetadata,
        isReady: @escaping @Sendable () -> Bool = { true }
    ) {
        self.scope = scope
        self.jobs = jobs
        self.isReady = isReady
        self.metadata = metadata.body(for: scope)
        openAPI = OpenAPI.document(softwareVersion: metadata.softwareVersion)
    }

    package func answer(
        _ method: HTTPRequest.Method, path: String, peer: String,
        body: () async throws(WireError) -> [UInt8]
    ) async -> WireResponse {
        guard let route = WireRoute(path: path) else { return failure(.nothingThere) }
        guard route.methods.contains(method) else {
            var response = failure(.methodNotAllowed)
            response.allow = route.methods
            return response
        }
        switch route {
        case .health:
            guard isReady() else { return failure(.notReady) }
            return WireResponse(status: .noContent, body: [])
        case .metadata: return WireResponse(status: .ok, body: metadata)
        case .openAPI: return WireResponse(status: .ok, body: openAPI)
        case .job(let version, let escaped):
            do throws(WireError) {
                let name = try WireRoute.name(unescaping: escaped)
                switch method {
                case .post:
                    return try await schedule(name, version, peer, body)
                case .get: return try await get(name)
                default: return try await delete(name, peer)
                }
            } catch {
                return failure(error)
            }
        case .history(let escaped, let query):
            do throws(WireError) {
                return try await history(try WireRoute.name(unescaping: escaped), query)
            } catch {
                return failure(error)
            }
        case .outcomes(let query):
            do throws(WireError) {
                return try await outcomes(query)
            } catch {
                return failure(error)
            }
        case .jobs(let query):
            do throws(WireError) {
                return method == .get
                    ? try await list(query) : try await deleteAll(query, peer)
            } catch {
                return failure(error)
            }
        }
    }

    private func schedule(
        _ name: String, _ version: WireRoute.Version, _ peer: String,
        _ body: () async throws(WireError) -> [UInt8]
    ) async throws(WireError) -> WireResponse {
        let plan: JobPlan
        do throws(WireError) {
            plan = try WireJob.plan(
                from: try await body(), name: name.trimmed, version: version, scope: scope,
                peer: peer, zones: jobs.zones)
        } catch {
            // The scheduler counts requests that get further than this.
            jobs.countRefusedSchedule(isOfApp: true)
            throw error
        }
        return try await answer(.schedule) { () throws(Rejection) in
            try await jobs.schedule(plan)
            return JobsEndpoint.done
        }
    }

    private func get(_ name: String) async throws(WireError) -> WireResponse {
        let id = try scope.id(named: name, during: .get)
        return try await answer(.get) { () throws(Rejection) in
            let (job, status) = try await jobs.get(id)
            return WireResponse(status: .ok, body: WireJob.json(of: job, status).bytes)
        }
    }

    private func delete(_ name: String, _ peer: String) async throws(WireError) -> WireResponse {
        let id = try scope.id(named: name, during: .delete)
        return try await answer(.delete) { () throws(Rejection) in
            try await jobs.delete(id, by: scope.caller(api: .http, peer: peer))
            return JobsEndpoint.done
        }
    }

    private func list(_ query: Substring) async throws(WireError) -> WireResponse {
        let list = try WireList(query: query, scope: scope)
        return try await answer(.list) { () throws(Rejection) in
            try await LongAnswers.shared.make { () throws(Rejection) in
                let page = try await jobs.list(list.prefix, after: list.last, limit: list.limit)
                return WireResponse(status: .ok, body: WireList.body(of: page))
            }
        }
    }

    private func history(
        _ name: String, _ query: Substring
    ) async throws(WireError) -> WireResponse {
        let history = try WireHistory(
            of: try scope.id(named: name, during: .history), query: query)
        return try await answer(.history) { () throws(Rejection) in
            let page = try await jobs.history(history.request)
            return WireResponse(status: .ok, body: history.body(of: page))
        }
    }

    private func outcomes(_ query: Substring) async throws(WireError) -> WireResponse {
        let outcomes = try WireOutcomes(query: query) { prefix throws(InvalidField) in
            [try scope.jobPrefix(prefix ?? "")]
        }
        return try await answer(.outcomes) { () throws(Rejection) in
            let page = try await jobs.outcomes(outcomes.request)
            return WireResponse(status: .ok, body: WireOutcomes.body(of: page))
        }
    }

    private func deleteAll(
        _ query: Substring, _ peer: String
    ) async throws(WireError) -> WireResponse {
        let prefix = try WireList.prefixToDelete(query: query, scope: scope)
        let caller = scope.caller(api: .http, peer: peer)
        return try await answer(.delete) { () throws(Rejection) in
            WireResponse.deleted(try await jobs.deleteAll(prefix, by: caller))
        }
    }

    /// An answer without a body.
    private static let done = WireResponse(status: .noContent, body: [])

    private func answer(
        _ operation: WireError.Operation, _ call: () async throws(Rejection) -> WireResponse
    ) async throws(WireError) -> WireResponse {
        do throws(Rejection) {
            return try await call()
        } catch {
            throw .rejected(error, during: operation)
        }
    }

    private func failure(_ error: WireError) -> WireResponse {
        WireResponse(
            status: error.status,
            body: error.body(appID: scope.appID, namespace: scope.namespace))
    }
}
