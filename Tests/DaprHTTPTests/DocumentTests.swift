import APISupport
import DaprAPI
import DaprHTTP
import HTTPTypes
import Jobs
import Scheduler
import SchedulerCore
import SwiftProtobuf
import Testing

@Suite("What the server says of itself")
struct DocumentTests {
    @Test("metadata names the app, the version and where the app is called")
    func metadata() async throws {
        try await Place().withAPI { api in
            let answer = await api.get("/v1.0/metadata")
            #expect(
                answer.text
                    == #"{"id":"shop","runtimeVersion":"daybook 1.2.3","enabledFeatures":[],"#
                    + #""actors":[],"components":[],"appConnectionProperties":{"port":8000,"#
                    + #""protocol":"http","channelAddress":"127.0.0.1"},"#
                    + #""extended":{"namespace":"default"}}"#)
        }
    }

    @Test("without an app, metadata says nothing of one")
    func noApp() async throws {
        let place = try Place()
        let scheduler = try await place.startScheduler()
        let endpoint = JobsEndpoint(
            scope: place.scope, jobs: scheduler,
            about: WireMetadata(softwareVersion: "1", app: nil))
        let answer = await API(endpoint: endpoint).get("/v1.0/metadata")
        #expect(answer.status == .ok && !answer.text.contains("appConnection"))
        scheduler.stop()
        try await scheduler.run()
    }

    /// The document, and the path items in it.
    private func document(
        _ test: (Google_Protobuf_Struct, [String: Google_Protobuf_Struct]) async throws -> Void
    ) async throws {
        try await Place().withAPI { api in
            let answer = await api.get("/openapi.json")
            #expect(answer.summary == "200")
            let document = try answer.json
            let paths = document.fields["paths"]?.structValue.fields ?? [:]
            try await test(document, paths.mapValues(\.structValue))
        }
    }

    @Test("the OpenAPI document is JSON and names the version")
    func version() async throws {
        try await document { document, _ in
            #expect(document.fields["openapi"]?.stringValue == "3.1.1")
            let info = document.fields["info"]?.structValue
            #expect(info?.fields["version"]?.stringValue == "1.2.3")
        }
    }

    @Test("the OpenAPI document describes every route with exactly the methods it takes")
    func routes() async throws {
        try await document { _, paths in
            #expect(paths.count == 12)
            for (path, item) in paths {
                let route = try #require(WireRoute(path: path), "\(path)")
                let methods = item.fields.keys.filter { $0 != "parameters" }.sorted()
                #expect(methods == route.methods.map { $0.rawValue.lowercased() }.sorted())
            }
        }
    }

    @Test("every reference in the OpenAPI document leads somewhere, and every part is used")
    func references() async throws {
        try await document { document, _ in
            var references: Set<String> = []
            collect(.with { $0.structValue = document }, into: &references)
            // A security scheme is named without a reference.
            for choice in document.fields["security"]?.listValue.values ?? [] {
                for name in choice.structValue.fields.keys {
                    references.insert("#/components/securitySchemes/\(name)")
                }
            }
            var parts: Set<String> = []
            for (kind, members) in document.fields["components"]?.structValue.fields ?? [:] {
                for name in members.structValue.fields.keys {
                    parts.insert("#/components/\(kind)/\(name)")
                }
            }
            #expect(references == parts)
        }
    }

    /// The limits set by a schema among the document's components.
    private func bounds(_ document: Google_Protobuf_Struct, _ path: String...) -> [String: Int] {
        var schema = document.fields["components"]?.structValue ?? .init()
        for key in path { schema = schema.fields[key]?.structValue ?? .init() }
        let keywords = ["maximum", "default", "maxLength", "maxItems"]
        return schema.fields.filter { keywords.contains($0.key) }.mapValues { Int($0.numberValue) }
    }

    @Test("bounds in the OpenAPI document are those of the code")
    func limits() async throws {
        try await document { document, _ in
            func parameter(_ name: String) -> [String: Int] {
                bounds(document, "parameters", name, "schema")
            }
            for name in ["name", "nameToSchedule"] {
                #expect(parameter(name) == ["maxLength": JobLimits.nameBytesMax])
            }
            for (name, bytesMax) in [
                ("Prefix", JobLimits.nameBytesMax),
                ("Schedule", JobLimits.scheduleTextBytesMax),
                ("PointInTime", JobLimits.scheduleTextBytesMax),
                ("Expiry", JobLimits.scheduleTextBytesMax),
            ] {
                #expect(bounds(document, "schemas", name) == ["maxLength": bytesMax], "\(name)")
            }
            for (name, part, key, countMax, standard) in [
                (
                    "limit", "Jobs", "jobs", TurnLimits.pageJobsMax,
                    HTTPLimits.pageJobsStandard
                ),
                (
                    "eventLimit", "Outcomes", "outcomes", HistoryRequest.limits.upperBound,
                    HTTPLimits.pageEventsStandard
                ),
                (
                    "eventLimit", "History", "history", HistoryRequest.limits.upperBound,
                    HTTPLimits.pageEventsStandard
                ),
            ] {
                #expect(parameter(name) == ["maximum": countMax, "default": standard])
                let list = bounds(document, "schemas", part, "properties", key)
                #expect(list == ["maxItems": countMax], "\(part)")
            }
        }
    }

    private func collect(_ value: Google_Protobuf_Value, into references: inout Set<String>) {
        switch value.kind {
        case .structValue(let object):
            for (key, value) in object.fields {
                if key == "$ref" { references.insert(value.stringValue) }
                collect(value, into: &references)
            }
        case .listValue(let list): for value in list.values { collect(value, into: &references) }
        case nil, .nullValue, .numberValue, .stringValue, .boolValue: break
        }
    }
}
