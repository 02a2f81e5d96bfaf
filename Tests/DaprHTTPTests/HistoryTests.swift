import APISupport
import DaprHTTP
import EventText
import HTTPTypes
import Jobs
import SwiftProtobuf
import Testing

private let body = #"{"dueTime":"1h","overwrite":true}"#
private let bad = "400 DAPR_SCHEDULER_JOB_HISTORY"
private let malformed = "400 ERR_MALFORMED_REQUEST"

extension WireResponse {
    fileprivate var events: [Google_Protobuf_Struct] {
        get throws {
            try json.fields["history"]?.listValue.values.map(\.structValue) ?? []
        }
    }

    /// The kinds of the events, in their order.
    fileprivate var kinds: [String] {
        get throws { try events.map { $0.fields["kind"]?.stringValue ?? "" } }
    }
}

@Suite("A history over HTTP")
struct HistoryTests {
    @Test("tells each event under the names of an export, newest first")
    func contents() async throws {
        try await Place().withAPI { api in
            let full = #"{"schedule":"@every 1h","ttl":"24h","repeats":3,"data":1}"#
            #expect(await api.post("/v1.0/jobs/a", full).summary == "204")
            #expect(await api.post("/v1.0/jobs/a", body).summary == "204")
            #expect(await api.delete("/v1.0/jobs/a").summary == "204")
            let history = await api.get("/v1.0/jobs/a/history")
            #expect(history.summary == "200")
            #expect(try history.json.fields["before"] == nil)
            #expect(try history.kinds == ["deleted", "updated", "created"])
            let created = try #require(try history.events.last).fields
            #expect(created["sequence"]?.numberValue == 2)
            #expect(created["generation"]?.numberValue == 2)
            #expect(created["app"]?.stringValue == "shop" && created["name"]?.stringValue == "a")
            #expect(created["schedule"]?.stringValue == "@every 1h")
            #expect(created["payloadBytes"] != nil && created["payload"] == nil)
            #expect(created["callerPeer"]?.stringValue == "test")
            let deleted = try #require(try history.events.first).fields
            #expect(deleted["name"]?.stringValue == "a" && deleted["previous"]?.numberValue == 3)
        }
    }

    @Test("tells every field that the OpenAPI document names, and no other of a job's events")
    func document() async throws {
        try await Place().withAPI { api in
            let document = try await api.get("/openapi.json").json
            let schemas = document.fields["components"]?.structValue.fields["schemas"]
            let event = schemas?.structValue.fields["Event"]?.structValue
            let named = event?.fields["properties"]?.structValue.fields.keys.sorted() ?? []
            // Fields that occur only in events that concern no job of an app.
            let others: Set<Field> = [
                .actorType, .actorID, .actorTypePrefix, .actorIDPrefix, .submittedAppID,
                .concurrencyKey,
                .payloadType, .payload, .address, .window, .inFlightMax, .bootID,
                .softwareVersion, .logFormat, .isAfterCleanClose, .zone, .tzif, .wall,
                .through, .digest, .baseDigest, .archive, .archiveDigest,
            ]
            let fields = Field.allCases.filter { !others.contains($0) }.map(\.rawValue)
            #expect(named == fields.sorted())
        }
    }

    @Test("a deletion by prefix is told by what it says, and names no job")
    func byPrefix() async throws {
        try await Place().withAPI { api in
            #expect(await api.post("/v1.0/jobs/ab", body).summary == "204")
            #expect(await api.delete("/v1.0/jobs?prefix=a").summary == "200")
            let history = await api.get("/v1.0/jobs/ab/history")
            #expect(try history.kinds == ["deletedByPrefix", "created"])
            let deletion = try #require(try history.events.first).fields
            #expect(deletion["namePrefix"]?.stringValue == "a" && deletion["name"] == nil)
        }
    }

    @Test("is of one app's job, of the name as it is meant")
    func names() async throws {
        try await Place().withAPI { api in
            for name in ["history", "x", "x||y", "caf%C3%A9", "%22%1F%22", "my+job"] {
                let posted = await api.post("/v1.0/jobs/\(name)", body).summary
                let history = await api.get("/v1.0/jobs/\(name)/history")
                #expect(history.summary == (posted == "204" ? "200" : bad))
                let kinds = try history.kinds
                #expect(kinds == (posted == "204" ? ["created"] : []))
            }
            #expect(await api.get("/v1.0/jobs/history").field("name") == "history")
            #expect(await api.delete("/v1.0/jobs/history").summary == "204")
            let ended = await api.get("/v1.0/jobs/history/history")
            #expect(try ended.kinds == ["deleted", "created"])
            #expect(await api.get("/v1.0/jobs/my%20job/history").summary == "200")
        }
    }

    @Test(
        "there is none of a name that never was, nor at other paths",
        arguments: [
            ("/v1.0/jobs/b/history", "404 DAPR_SCHEDULER_JOB_HISTORY"),
            ("/v1.0/jobs/A/history", "404 DAPR_SCHEDULER_JOB_HISTORY"),
            ("/v1.0-alpha1/jobs/b/history", "404 DAPR_SCHEDULER_JOB_HISTORY"),
            ("/v1.0-alpha2/jobs/a/history", "404 ERR_DIRECT_INVOKE"),
            ("/v1.0/jobs/a/history/", "404 ERR_DIRECT_INVOKE"),
            ("/v1.0/jobs//history", "400 DAPR_SCHEDULER_JOB_NAME_EMPTY"),
            ("/v1.0/jobs/../history", bad), ("/v1.0/jobs/a%2Fb/history", bad),
            ("/v1.0/jobs/%zz/history", malformed),
        ])
    func absent(path: String, summary: String) async throws {
        try await Place().withAPI { api in
            #expect(await api.post("/v1.0/jobs/a", body).summary == "204")
            #expect(await api.get(path).summary == summary)
        }
    }

    @Test("is read, and nothing else")
    func methods() async throws {
        try await Place().withAPI { api in
            for answer in [
                await api.post("/v1.0/jobs/a/history", body),
                await api.delete("/v1.0/jobs/a/history"),
            ] {
                #expect(answer.status == .methodNotAllowed && answer.allow == [.get])
            }
        }
    }

    @Test("goes on with before until all has been shown once, 100 at a time unless it is told")
    func parts() async throws {
        try await Place().withAPI { api in
            for _ in 0..<101 { #expect(await api.post("/v1.0/jobs/a", body).summary == "204") }
            let whole = try await api.get("/v1.0/jobs/a/history?limit=1000").events
            #expect(whole.count == 101)
            let first = await api.get("/v1.0/jobs/a/history")
            #expect(try first.events == Array(whole[..<100]))
            #expect(try first.json.fields["before"]?.numberValue == 3)
            let rest = await api.get("/v1.0/jobs/a/history?limit=5&before=3")
            #expect(try rest.events == Array(whole[100...]))
            #expect(try rest.json.fields["before"] == nil)
        }
    }

    @Test(
        "refuses what it cannot read, and names the parameter",
        arguments: [
            ("limit=0", bad, "limit: "), ("limit=1001", bad, "limit: "), ("limit=", bad, "limit: "),
            ("limit=+5", bad, "limit: "), ("limit=05", bad, "limit: "),
            ("before=0", bad, "before: "), ("before=-1", bad, "before: "),
            ("before=", bad, "before: "), ("before=1.0", bad, "before: "),
            ("before=18446744073709551616", bad, "before: "), ("before=%31%20", bad, "before: "),
            ("before", malformed, "\"before\" has no value"), ("before=%", malformed, "before"),
            ("before=1&before=1", malformed, "\"before\" is given twice"),
            ("cursor=1", malformed, "\"cursor\" is not known here"), ("&", malformed, "\"\""),
        ])
    func refused(query: String, summary: String, word: String) async throws {
        try await Place().withAPI { api in
            #expect(await api.post("/v1.0/jobs/a", body).summary == "204")
            let history = await api.get("/v1.0/jobs/a/history?\(query)")
            #expect(history.summary == summary)
            #expect(history.field("message")?.contains(word) == true)
        }
    }

    @Test("takes the largest number of a record there can be", arguments: ["18446744073709551615"])
    func last(before: String) async throws {
        try await Place().withAPI { api in
            #expect(await api.post("/v1.0/jobs/a", body).summary == "204")
            let history = await api.get("/v1.0/jobs/a/history?before=\(before)")
            let kinds = try history.kinds
            #expect(kinds == ["created"])
        }
    }
}
