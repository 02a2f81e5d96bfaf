import APISupport
import DaprHTTP
import HTTPTypes
import Jobs
import SwiftProtobuf
import Testing

private let body = #"{"dueTime":"1h"}"#
private let badList = "400 DAPR_SCHEDULER_LIST_JOBS"
private let badDelete = "400 DAPR_SCHEDULER_DELETE_JOB"
private let malformed = "400 ERR_MALFORMED_REQUEST"

extension WireResponse {
    /// The names on a page.
    var names: [String] {
        let jobs = (try? json)?.fields["jobs"]?.listValue.values ?? []
        return jobs.map { $0.structValue.fields["name"]?.stringValue ?? "" }
    }
}

@Suite("A list over HTTP")
struct ListTests {
    private func withJobs(_ names: [String], _ test: (API) async throws -> Void) async throws {
        try await Place().withAPI { api in
            for name in names {
                #expect(await api.post("/v1.0/jobs/\(name)", body).summary == "204")
            }
            try await test(api)
        }
    }

    @Test("has no jobs where none are", arguments: ["v1.0", "v1.0-alpha1"])
    func empty(version: String) async throws {
        try await withJobs([]) { api in
            for query in ["", "?", "?prefix=", "?prefix=a&limit=1000"] {
                let list = await api.get("/\(version)/jobs\(query)")
                #expect(list.summary == "200" && list.text == #"{"jobs":[]}"#)
            }
        }
    }

    @Test("shows each job as a GET of it does")
    func contents() async throws {
        try await withJobs([]) { api in
            let full = #"""
                {"schedule":"@every 1h","dueTime":"2100-01-01T00:00:00Z","ttl":"24h",
                "repeats":3,"data":{"a":[1]},"failurePolicy":{"drop":{}}}
                """#
            #expect(await api.post("/v1.0/jobs/b", full).summary == "204")
            #expect(await api.post("/v1.0/jobs/a", body).summary == "204")
            let jobs = [await api.get("/v1.0/jobs/a").text, await api.get("/v1.0/jobs/b").text]
            let list = await api.get("/v1.0/jobs")
            #expect(list.text == #"{"jobs":["# + jobs.joined(separator: ",") + "]}")
        }
    }

    @Test(
        "selects by the prefix, escapes resolved",
        arguments: [
            ("prefix=", 5), ("prefix=my", 3), ("prefix=my%7C%7C", 2), ("prefix=my||a", 1),
            ("prefix=m+y", 0), ("prefix=n%20", 1), ("prefix=n+", 1), ("prefix=%C3%A9", 1),
            ("%70refix=n", 1), ("prefix=MY", 0), ("prefix=.", 0), ("prefix=a=b", 0),
        ])
    func prefixes(query: String, count: Int) async throws {
        try await withJobs(["my", "my||a", "my||b", "n+n", "%C3%A9"]) { api in
            let list = await api.get("/v1.0/jobs?\(query)")
            #expect(list.names.count == count, "\(list.text)")
        }
    }

    @Test("goes on with the cursor until all have been shown once, whatever comes and goes")
    func pages() async throws {
        try await withJobs((10..<20).map { "job-\($0)" } + ["other"]) { api in
            var seen: [String] = []
            var cursor: String?
            repeat {
                let more = cursor.map { "&cursor=\($0)" } ?? ""
                let page = await api.get("/v1.0/jobs?prefix=job-&limit=3\(more)")
                #expect(page.status == .ok)
                seen += page.names
                cursor = page.field("nextCursor").flatMap { $0.isEmpty ? nil : $0 }
                // The job seen last is deleted, and one that sorts before it is created.
                if let last = seen.last {
                    #expect(await api.delete("/v1.0/jobs/\(last)").summary == "204")
                    #expect(await api.post("/v1.0/jobs/job-1", body).status.code <= 409)
                }
            } while cursor != nil
            #expect(seen == (10..<20).map { "job-\($0)" })
        }
    }

    @Test("a last page that is full has no cursor")
    func lastPage() async throws {
        try await withJobs(["a", "b", "c"]) { api in
            for (limit, hasMore) in [(1, true), (2, true), (3, false), (4, false)] {
                let page = try await api.get("/v1.0/jobs?limit=\(limit)").json
                #expect((page.fields["nextCursor"] != nil) == hasMore)
            }
        }
    }

    @Test("a page holds 100 jobs unless it is told")
    func standard() async throws {
        try await withJobs((0..<101).map { "job-\($0)" }) { api in
            #expect(await api.get("/v1.0/jobs").names.count == 100)
            #expect(await api.get("/v1.0/jobs?limit=101").names.count == 101)
        }
    }

    @Test(
        "refuses what it cannot read, and names the parameter",
        arguments: [
            ("limit=0", badList, "limit: "), ("limit=1001", badList, "limit: "),
            ("limit=", badList, "limit: "), ("limit=-1", badList, "limit: "),
            ("limit=+5", badList, "limit: "), ("limit=05", badList, "limit: "),
            ("limit=1e2", badList, "limit: "), ("limit=ten", badList, "limit: "),
            ("limit=99999999999999999999", badList, "limit: "),
            ("limit=%D9%A3", badList, "limit: "),
            ("prefix=a/b", badList, "prefix: "), ("prefix=%00", badList, "prefix: "),
            ("prefix=a%3F", badList, "prefix: "), ("prefix=%23", badList, "prefix: "),
            ("prefix=" + String(repeating: "n", count: 513), badList, "prefix: "),
            ("cursor=", badList, "cursor: "), ("cursor=x", badList, "cursor: "),
            ("cursor=AQ", badList, "cursor: "), ("cursor=%FF", malformed, "cursor"),
            ("prefix=%", malformed, "prefix"), ("prefix=%zz", malformed, "prefix"),
            ("prefix=%C3", malformed, "prefix"), ("limit=%2", malformed, "limit"),
            ("prefix", malformed, "\"prefix\" has no value"),
            ("prefix=a&prefix=a", malformed, "\"prefix\" is given twice"),
            ("prefix=a&%70refix=b", malformed, "\"%70refix\" is given twice"),
            ("limit=1&limit=2", malformed, "limit"), ("perfix=a", malformed, "perfix"),
            ("Prefix=a", malformed, "Prefix"), ("prefix=a&", malformed, "\"\" is not known here"),
            ("&prefix=a", malformed, "\"\""), ("&", malformed, "\"\""), ("=", malformed, "\"\""),
            ("%=a", malformed, "\"%\""), ("prefix%5B%5D=a", malformed, "prefix%5B%5D"),
            ("overwrite=true", malformed, "overwrite"), ("prefix=a?limit=1", badList, "prefix: "),
        ])
    func refused(query: String, summary: String, word: String) async throws {
        try await withJobs(["a"]) { api in
            let list = await api.get("/v1.0/jobs?\(query)")
            #expect(list.summary == summary && list.field("message")?.contains(word) == true)
        }
    }

    @Test("a limit at its bounds is taken", arguments: ["1", "1000"])
    func bounds(limit: String) async throws {
        try await withJobs(["a"]) { api in
            #expect(await api.get("/v1.0/jobs?limit=\(limit)").names == ["a"])
        }
    }

    @Test("an error of a list has its own code, and the app in its details")
    func errors() async throws {
        try await withJobs([]) { api in
            let list = await api.get("/v1.0/jobs?limit=0")
            #expect(
                list.text
                    == #"{"errorCode":"DAPR_SCHEDULER_LIST_JOBS","message":"failed to list jobs "#
                    + #"due to: rpc error: code = InvalidArgument desc = limit: must be a whole "#
                    + #"number from 1 to 1000","details":[{"#
                    + #""@type":"type.googleapis.com/google.rpc.ErrorInfo","#
                    + #""reason":"DAPR_SCHEDULER_LIST_JOBS","domain":"dapr.io","#
                    + #""metadata":{"appID":"shop","namespace":"default"}}]}"#)
        }
    }
}

@Suite("A delete by prefix over HTTP")
struct DeleteByPrefixTests {
    @Test("deletes what begins with the prefix, says how many, and is one record")
    func deletes() async throws {
        let place = try Place()
        try await place.withAPI { api in
            for name in ["old-1", "old-2", "older", "new"] {
                #expect(await api.post("/v1.0/jobs/\(name)", body).summary == "204")
            }
            for deleted in [2, 0] {
                let answer = await api.delete("/v1.0-alpha1/jobs?prefix=old-")
                #expect(answer.summary == "200" && answer.text == #"{"deleted":\#(deleted)}"#)
            }
            #expect(await api.get("/v1.0/jobs").names == ["new", "older"])
            #expect(await api.delete("/v1.0/jobs?prefix=").text == #"{"deleted":2}"#)
            #expect(await api.get("/v1.0/jobs").names == [])
        }
        let counts = try place.events().compactMap { event in
            if case .deletedByPrefix(let deletion) = event { deletion.count } else { nil }
        }
        #expect(counts == [2, 2])
    }

    @Test(
        "without a prefix, or with anything else, it deletes nothing",
        arguments: [
            ("", badDelete, "prefix: is missing"), ("?", badDelete, "prefix: is missing"),
            ("?prefix", malformed, "prefix"), ("?perfix=a", malformed, "perfix"),
            ("?prefix=a&limit=1", malformed, "limit"), ("?prefix=&prefix=", malformed, "prefix"),
            ("?prefix=&", malformed, "\"\""), ("?cursor=", malformed, "cursor"),
            ("?prefix=a/", badDelete, "prefix: must not contain"),
            ("/", nameEmpty, "Name is empty"),
            ("/?prefix=", nameEmpty, "Name is empty"), ("#?prefix=", badDelete, "missing"),
        ])
    func careful(rest: String, summary: String, word: String) async throws {
        try await Place().withAPI { api in
            #expect(await api.post("/v1.0/jobs/a", body).summary == "204")
            let answer = await api.delete("/v1.0/jobs\(rest)")
            #expect(answer.summary == summary && answer.field("message")?.contains(word) == true)
            #expect(await api.get("/v1.0/jobs/a").summary == "200")
        }
    }

    @Test("nothing but GET and DELETE is taken where all jobs are")
    func methods() async throws {
        try await Place().withAPI { api in
            for method: HTTPRequest.Method in [.post, .put, .patch, .head, .options] {
                let answer = await api.send(method, "/v1.0/jobs?prefix=", [])
                #expect(answer.status == .methodNotAllowed && answer.allow == [.delete, .get])
            }
        }
    }
}

private let nameEmpty = "400 DAPR_SCHEDULER_JOB_NAME_EMPTY"
