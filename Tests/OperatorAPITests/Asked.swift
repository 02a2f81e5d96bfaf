import APISupport
import DaprAPI
import DaprHTTP
import HTTPTypes
import Jobs
import OperatorAPI
import Scheduler
import SwiftProtobuf

/// The operator's API without a socket.
struct OperatorClient {
    let endpoint: OperatorEndpoint

    func get(_ path: String) async -> WireResponse { await send(.get, path) }
    func delete(_ path: String) async -> WireResponse { await send(.delete, path) }
    func post(_ path: String, _ body: String) async -> WireResponse {
        await send(.post, path, body)
    }

    func send(
        _ method: HTTPRequest.Method, _ path: String, _ body: String = ""
    ) async -> WireResponse {
        await endpoint.answer(method, path: path, peer: "uid 1, pid 2") {
            () async throws(WireError) -> [UInt8] in Array(body.utf8)
        }
    }

    /// Schedules jobs that are due in an hour; each is a path behind `/v1/namespaces/`.
    func schedule(_ paths: String...) async -> [String] {
        var answers: [String] = []
        for path in paths {
            answers.append(
                await post("/v1/namespaces/\(path)", #"{"dueTime":"1h"}"#).summary)
        }
        return answers
    }
}

extension Place {
    /// Serves the operator's API while `body` asks it things.
    func withOperator(_ body: (OperatorClient, Scheduler) async throws -> Void) async throws {
        let scheduler = try await startScheduler()
        try await body(OperatorClient(endpoint: OperatorEndpoint(jobs: scheduler)), scheduler)
        scheduler.stop()
        try await scheduler.run()
    }
}

extension WireResponse {
    /// Whose the listed jobs are, and their names.
    var listed: [String] {
        let jobs = (try? json)?.fields["jobs"]?.listValue.values ?? []
        return jobs.map { job in
            ["namespace", "app", "actorType", "actorID", "name"].compactMap {
                job.structValue.fields[$0]?.stringValue
            }.joined(separator: "/")
        }
    }

    var cursor: String? { field("nextCursor").flatMap { $0.isEmpty ? nil : $0 } }
}
