// From a request's parts to an answer's. Nothing is decided here: bytes become a command, the
// response becomes bytes.

package import DaprAPI
package import HTTPTypes
package import Jobs
package import Scheduler
package import SchedulerCore

/// An answer before it is sent.
package struct WireResponse: Equatable, Sendable {
    package let status: HTTPResponse.Status
    /// JSON; empty for an answer without one.
    package let body: [UInt8]
    /// What the path takes, when it did not take what it was asked.
    package var allow: [HTTPRequest.Method] = []
}

/// The jobs API of one app.
package struct JobsEndpoint: Sendable {
    private let scope: WireScope
    private let zones: any ZoneSource
    private let submit: @Sendable (Command) async -> Response
    private let readHistory: @Sendable (HistoryRequest) async -> HistoryResponse
    /// Counts a request to schedule that is refused here.
    private let countRefused: @Sendable () -> Void
    /// Whether requests are taken wherever they will be.
    private let isReady: @Sendable () -> Bool
    /// Answers that never change.
    private let metadata: [UInt8]
    private let openAPI: [UInt8]

    package init(
        scope: WireScope, scheduler: Scheduler, about metadata: WireMetadata,
        isReady: @escaping @Sendable () -> Bool = { true }
    ) {
        self.init(
            scope: scope, zones: scheduler.zones, about: metadata, isReady: isReady,
            countRefused: { scheduler.metrics.countRefusedSchedule() },
            readHistory: { await scheduler.history($0) }
        ) { await scheduler.submit($0) }
    }

    /// With another end than a scheduler: what parsing and answering cost alone can be measured.
    package init(
        scope: WireScope, zones: any ZoneSource, about metadata: WireMetadata,
        isReady: @escaping @Sendable () -> Bool = { true },
        countRefused: @escaping @Sendable () -> Void = {},
        readHistory: @escaping @Sendable (HistoryRequest) async -> HistoryResponse = { _ in
            .rejected(.unavailable)
        },
        submit: @escaping @Sendable (Command) async -> Response
    ) {
        self.scope = scope
        self.zones = zones
        self.submit = submit
        self.readHistory = readHistory
        self.countRefused = countRefused
        self.isReady = isReady
        self.metadata = metadata.body(for: scope)
        openAPI = OpenAPI.document(softwareVersion: metadata.softwareVersion)
    }

    /// `body` is read only if it matters; it throws what is to be answered when it cannot be.
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
                peer: peer, zones: zones)
        } catch {
            // What gets further than this the scheduler counts.
            countRefused()
            throw error
        }
        return try answer(await submit(.schedule(plan)), to: .schedule)
    }

    private func get(_ name: String) async throws(WireError) -> WireResponse {
        try answer(await submit(.get(try scope.id(named: name, during: .get))), to: .get)
    }

    private func delete(_ name: String, _ peer: String) async throws(WireError) -> WireResponse {
        let id = try scope.id(named: name, during: .delete)
        return try answer(
            await submit(.delete(id, scope.caller(api: .http, peer: peer))), to: .delete)
    }

    private func list(_ query: Substring) async throws(WireError) -> WireResponse {
        let list = try WireList(query: query, scope: scope)
        let response = await submit(.list(list.prefix, after: list.last, limit: list.limit))
        return try answer(response, to: .list)
    }

    private func history(
        _ name: String, _ query: Substring
    ) async throws(WireError) -> WireResponse {
        let history = try WireHistory(
            of: try scope.id(named: name, during: .history), query: query)
        switch await readHistory(history.request) {
        case .found(let page): return WireResponse(status: .ok, body: history.body(of: page))
        case .rejected(let rejection): throw .rejected(rejection, during: .history)
        }
    }

    private func deleteAll(
        _ query: Substring, _ peer: String
    ) async throws(WireError) -> WireResponse {
        let prefix = try WireList.prefixToDelete(query: query, scope: scope)
        let caller = scope.caller(api: .http, peer: peer)
        return try answer(await submit(.deleteByPrefix(prefix, caller)), to: .delete)
    }

    private func answer(
        _ response: Response, to operation: WireError.Operation
    ) throws(WireError) -> WireResponse {
        switch response {
        case .scheduled, .deleted: return WireResponse(status: .noContent, body: [])
        case .rejected(let rejection): throw .rejected(rejection, during: operation)
        case .found(let job, let status):
            return WireResponse(status: .ok, body: WireJob.json(of: job, status).bytes)
        case .listed(let page): return WireResponse(status: .ok, body: WireList.body(of: page))
        case .deletedByPrefix(let count):
            let fields = [("deleted", JSONText.integer(UInt(count)))]
            return WireResponse(status: .ok, body: JSONText.object(fields).bytes)
        }
    }

    private func failure(_ error: WireError) -> WireResponse {
        WireResponse(
            status: error.status,
            body: error.body(appID: scope.appID, namespace: scope.namespace))
    }
}
