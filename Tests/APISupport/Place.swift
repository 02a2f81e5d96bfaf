package import DaprAPI
package import DaprHTTP
package import EventLog
package import HTTPTypes
package import Jobs
package import Logging
package import Scheduler
package import SwiftProtobuf
import TestSupport

package let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// A log in memory, and what came to stand in it.
package struct Place {
    package let storage: MemoryStorage
    package let scope: WireScope

    package init(namespace: String = "default", appID: String = "shop") throws {
        storage = MemoryStorage(identity: LogID.random())
        scope = try WireScope(namespace: namespace, appID: appID)
    }

    /// A scheduler that has started on the log. Whoever asked for it stops it.
    package func startScheduler() async throws -> Scheduler {
        let scheduler = Scheduler(
            zones: FixedZones([ZoneRules("Europe/Berlin", footer: "CET-1CEST,M3.5.0,M10.5.0/3")]))
        let storage = storage
        _ = try await scheduler.start(softwareVersion: "test", logger: silent) { _ in
            MemoryLog(acquiring: storage)
        }
        return scheduler
    }

    package func endpoint(_ scheduler: Scheduler) -> JobsEndpoint {
        JobsEndpoint(
            scope: scope, jobs: scheduler,
            about: WireMetadata(
                softwareVersion: "1.2.3", app: AppAddress(host: "127.0.0.1", port: 8000)))
    }

    /// Serves the API on the log while `body` asks it things.
    package func withAPI(_ body: (API) async throws -> Void) async throws {
        let scheduler = try await startScheduler()
        try await body(API(endpoint: endpoint(scheduler)))
        scheduler.stop()
        try await scheduler.run()
    }

    /// All events, once no scheduler is at work any more.
    package func events() throws -> [Event] {
        let page = MemoryLog(acquiring: storage).read(after: .zero, limit: 10_000)
        return try (0..<page.records.count).map { index in
            try EventCodec.decode(
                page.records.bytes, in: page.records.range(at: index),
                at: page.records.sequence(at: index)
            ).event
        }
    }

    /// The outcomes of all triggers, in the order in which they were recorded.
    package func outcomes() throws -> [String] {
        try events().compactMap { event in
            guard case .acknowledged(let answer) = event else { return nil }
            return "\(answer.outcome) \(answer.code)"
        }
    }
}

/// The API without a socket.
package struct API {
    let endpoint: JobsEndpoint

    package init(endpoint: JobsEndpoint) { self.endpoint = endpoint }

    package func post(_ path: String, _ body: String) async -> WireResponse {
        await send(.post, path, Array(body.utf8))
    }

    package func get(_ path: String) async -> WireResponse { await send(.get, path, []) }

    package func delete(_ path: String) async -> WireResponse { await send(.delete, path, []) }

    package func send(
        _ method: HTTPRequest.Method, _ path: String, _ body: [UInt8]
    ) async -> WireResponse {
        await endpoint.answer(method, path: path, peer: "test") {
            () async throws(WireError) -> [UInt8] in body
        }
    }
}

extension WireResponse {
    package var text: String { String(decoding: body, as: UTF8.self) }

    /// The body as JSON that can be compared. An empty body is an empty object.
    package var json: Google_Protobuf_Struct {
        get throws {
            try body.isEmpty
                ? Google_Protobuf_Struct() : Google_Protobuf_Struct(jsonUTF8Bytes: body)
        }
    }

    package func field(_ key: String) -> String? { try? json.fields[key]?.stringValue }

    /// Status and error code, as tables spell them.
    package var summary: String {
        [String(status.code), field("errorCode")].compactMap { $0 }.joined(separator: " ")
    }
}
