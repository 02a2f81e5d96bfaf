import APISupport
import DaprAPI
import DaprHTTP
import HTTPTypes
import Testing

@Suite("The name in the path")
struct NameInPathTests {
    @Test(
        "a path leads to a job, to the health check, or nowhere",
        arguments: [
            ("/v1.0/jobs/a", "stable a"),
            ("/v1.0-alpha1/jobs/a", "alpha a"),
            ("/v1.0/jobs/a?x=/y", "stable a"),
            ("/v1.0/jobs/a%2Fb", "stable a%2Fb"),
            ("/v1.0/jobs/a%3Fb", "stable a%3Fb"),
            ("/v1.0/jobs/..", "stable .."),
            ("/v1.0/jobs/", "stable "),
            ("/v1.0/healthz", "health"),
            ("/v1.0/healthz/outbound", "health"),
            ("/v1.0/jobs", "jobs "),
            ("/v1.0/jobs?", "jobs "),
            ("/v1.0/jobs?prefix=a%3F?b", "jobs prefix=a%3F?b"),
            ("/v1.0-alpha1/jobs?a=/b#c", "jobs a=/b"),
            ("/v1.0/jobs#?prefix=a", "jobs "),
            ("/v1.0/jobs:outcomes?kind=givenUp", "outcomes kind=givenUp"),
            ("/v1.0-alpha1/jobs:outcomes", "outcomes "),
            ("/v1.0/jobs/jobs:outcomes", "stable jobs:outcomes"),
            ("/v1.0/jobs%3Aoutcomes", "nowhere"),
            ("/v1.0/jobs:outcomes/a", "nowhere"),
            ("/v1.0/metadata", "metadata"),
            ("/openapi.json", "openAPI"),
            ("/v1.0/openapi.json", "nowhere"),
            ("/v1.0-alpha1/metadata", "nowhere"),
            ("/v1.0/jobs/a/", "nowhere"),
            ("/v1.0/jobs/a/b", "nowhere"),
            ("/v1.0/jobs//a", "nowhere"),
            ("/v1.0/jobs/history", "stable history"),
            ("/v1.0/jobs/a/history", "history of a, "),
            ("/v1.0/jobs/a/history?limit=1&before=2#c", "history of a, limit=1&before=2"),
            ("/v1.0/jobs/history/history", "history of history, "),
            ("/v1.0/jobs/a%2Fhistory", "stable a%2Fhistory"),
            ("/v1.0/jobs/a%2Fb/history", "history of a%2Fb, "),
            ("/v1.0/jobs//history", "history of , "),
            ("/v1.0/jobs/../history", "history of .., "),
            ("/v1.0/jobs/a/%68istory", "nowhere"),
            ("/v1.0/jobs/a/history/", "nowhere"),
            ("/v1.0/jobs/a/b/history", "nowhere"),
            ("/v1.0-alpha1/jobs/a/history", "history of a, "),
            ("//v1.0/jobs/a", "nowhere"),
            ("/v1.0/../v1.0/jobs/a", "nowhere"),
            ("/v1.0/j%6Fbs/a", "nowhere"),
            ("/v2.0/jobs/a", "nowhere"),
            ("http://host/v1.0/jobs/a", "nowhere"),
            ("*", "nowhere"),
            ("", "nowhere"),
        ])
    func route(path: String, meaning: String) {
        let shown =
            switch WireRoute(path: path) {
            case .job(.alpha, let name): "alpha \(name)"
            case .job(.stable, let name): "stable \(name)"
            case .jobs(let query): "jobs \(query)"
            case .history(let name, let query): "history of \(name), \(query)"
            case .outcomes(let query): "outcomes \(query)"
            case .health: "health"
            case .metadata: "metadata"
            case .openAPI: "openAPI"
            case nil: "nowhere"
            }
        #expect(shown == meaning)
    }

    @Test(
        "escapes are resolved once, and a plus is a space",
        arguments: [
            ("plain", "plain"), ("a%40b", "a@b"), ("a+b", "a b"), ("a%2Bb", "a+b"),
            ("a%20b", "a b"), ("caf%C3%A9", "café"), ("caf%c3%a9", "café"), ("café", "café"),
            ("a%2540b", "a%40b"), ("%7C%7C", "||"), ("a%2Fb", "a/b"), ("", ""),
        ])
    func escapes(escaped: String, name: String) throws {
        #expect(try WireRoute.name(unescaping: escaped[...]) == name)
    }

    @Test(
        "a broken escape or broken UTF-8 is refused",
        arguments: ["%", "a%2", "%zz", "%-1", "% 1", "%C3", "%C3%28", "%ED%A0%80", "%FF", "%C0%AF"])
    func broken(escaped: String) {
        #expect(throws: WireError.self) { try WireRoute.name(unescaping: escaped[...]) }
    }

    @Test("a POST trims white space from the name, a GET and a DELETE take it as it is")
    func trimming() async throws {
        try await Place().withAPI { api in
            let post = await api.post("/v1.0/jobs/+%09a%C2%A0", #"{"dueTime":"1h"}"#)
            #expect(post.summary == "204")
            #expect(await api.get("/v1.0/jobs/a").summary == "200")
            #expect(await api.get("/v1.0/jobs/+a").summary == "404 DAPR_SCHEDULER_GET_JOB")
            #expect(await api.delete("/v1.0/jobs/+a").summary == "204")
            #expect(await api.get("/v1.0/jobs/a").summary == "200")
            #expect(await api.delete("/v1.0/jobs/a").summary == "204")
            #expect(await api.get("/v1.0/jobs/a").summary == "404 DAPR_SCHEDULER_GET_JOB")
        }
    }

    @Test(
        "a name no job can have is 400 wherever it is used",
        arguments: ["a%2Fb", "a%5Cb", "a%23b", "a%3Fb", "%00", "%0A", "%7F", ".", "..", "%2E"])
    func impossible(escaped: String) async throws {
        try await Place().withAPI { api in
            let path = "/v1.0/jobs/x\(escaped)"
            let dots = escaped.hasPrefix(".") || escaped == "%2E"
            let used = dots ? "/v1.0/jobs/\(escaped)" : path
            let post = await api.post(used, #"{"dueTime":"1h"}"#)
            // White space at the end is trimmed, so a line feed there is not part of the name.
            if escaped == "%0A" {
                #expect(post.summary == "204")
            } else {
                #expect(post.summary == "400 DAPR_SCHEDULER_SCHEDULE_JOB")
                #expect(post.text.contains("name: must not"))
            }
            #expect(await api.get(used).summary == "400 DAPR_SCHEDULER_GET_JOB")
            #expect(await api.delete(used).summary == "400 DAPR_SCHEDULER_DELETE_JOB")
        }
    }

    @Test("an empty or blank name, and one at and beyond the limit")
    func sizes() async throws {
        try await Place().withAPI { api in
            let body = #"{"dueTime":"1h"}"#
            for path in ["/v1.0/jobs/", "/v1.0/jobs/+", "/v1.0/jobs/%20%09%E2%80%83"] {
                #expect(
                    await api.post(path, body).summary == "400 DAPR_SCHEDULER_JOB_NAME_EMPTY")
            }
            #expect(await api.get("/v1.0/jobs/").summary == "400 DAPR_SCHEDULER_JOB_NAME_EMPTY")
            let longest = String(repeating: "n", count: 512)
            #expect(await api.post("/v1.0/jobs/\(longest)", body).summary == "204")
            #expect(
                await api.post("/v1.0/jobs/\(longest)n", body).summary
                    == "400 DAPR_SCHEDULER_SCHEDULE_JOB")
        }
    }

    @Test("methods a path does not take, and paths that do not exist")
    func strangers() async throws {
        try await Place().withAPI { api in
            let put = await api.send(.put, "/v1.0/jobs/a", [])
            #expect(put.status == .methodNotAllowed)
            #expect(put.allow == [.delete, .get, .post])
            #expect(await api.post("/v1.0/healthz", "").status == .methodNotAllowed)
            #expect(await api.get("/v1.0/healthz").summary == "204")
            #expect(await api.get("/v1.0/healthz/outbound").summary == "204")
            #expect(await api.get("/job/a").summary == "404 ERR_DIRECT_INVOKE")
        }
    }
}
