import APISupport
import DaprHTTP
import HTTPTypes
import Jobs
import OperatorAPI
import Scheduler
import Testing

@Suite("Paths of the operator's API")
struct OperatorPathTests {
    @Test(
        "there is nothing beside them",
        arguments: [
            "", "/", "/v1", "/v1/", "/v2/jobs", "v1/jobs", "//v1/jobs", "/v1//jobs", "/v1/jobs/",
            "/v1/jobs/a", "/v1/namespaces", "/v1/namespaces/default/",
            "/v1/namespaces/default/apps",
            "/v1/namespaces/default/apps/shop", "/v1/namespaces/default/apps/shop/reminders",
            "/v1/namespaces/default/apps/shop/jobs/a/b",
            "/v1/namespaces/default/apps/shop/jobs/a/history/",
            "/v1/namespaces/default/actors/cart", "/v1/namespaces/default/actors/cart/jobs",
            "/v1/namespaces/default/actors/cart/17", "/v1/namespaces/default/reminders",
            "/v1/namespaces/default/apps/shop/jobs/a/jobs:outcomes", "/v1/reminders:outcomes",
            "/v1/namespaces/default/apps/shop/reminders:outcomes", "/v1/healthz:outcomes",
            "/v1.0/jobs", "/v1/healthz/", "/openapi.json",
        ])
    func nothing(path: String) async throws {
        try await Place().withOperator { client, _ in
            let answer = await client.get(path)
            #expect(answer.summary == "404 ERR_DIRECT_INVOKE", "\(path): \(answer.text)")
        }
    }

    @Test("a part that cannot be decoded is refused, and an escaped slash separates nothing")
    func escapes() async throws {
        try await Place().withOperator { client, _ in
            for path in ["%zz", "%", "%FF"] {
                let answer = await client.get("/v1/namespaces/\(path)/jobs")
                #expect(answer.summary == "400 ERR_MALFORMED_REQUEST")
            }
            let answer = await client.get("/v1/namespaces/default%2Fapps%2Fshop/jobs")
            #expect(answer.summary == "400 DAPR_SCHEDULER_LIST_JOBS")
        }
    }

    @Test("another method is refused, and the right ones are said")
    func methods() async throws {
        let jobs = "/v1/namespaces/default/apps/shop/jobs"
        try await Place().withOperator { client, _ in
            for (method, path, allowed) in [
                (HTTPRequest.Method.delete, "/v1/jobs", [HTTPRequest.Method.get]),
                (.delete, "/v1/namespaces/default/jobs", [.get]),
                (.get, "/v1/namespaces/default", [.delete]),
                (.post, jobs, [.delete, .get]), (.put, "\(jobs)/a", [.delete, .get, .post]),
                (.delete, "\(jobs)/a/history", [.get]), (.post, "/v1/healthz", [.get]),
                (.delete, "/v1/namespaces/default/actors/cart/reminders", [.get]),
            ] {
                let answer = await client.send(method, path)
                #expect(answer.status == .methodNotAllowed && answer.allow == allowed, "\(path)")
            }
        }
    }

    @Test("outcomes are beside every list, and a job may have such a name")
    func outcomes() async throws {
        let shop = "/v1/namespaces/default/apps/shop/jobs"
        let cart = "/v1/namespaces/default/actors/cart"
        try await Place().withOperator { client, _ in
            for list in [
                "/v1/jobs", "/v1/namespaces/default/jobs", shop, "\(cart)/reminders",
                "\(cart)/17/reminders",
            ] {
                let answer = await client.get("\(list):outcomes?kind=failed")
                #expect(answer.text == #"{"outcomes":[]}"#, "\(list)")
                let refused = await client.get("\(list):outcomes")
                #expect(refused.summary == "400 DAPR_SCHEDULER_JOB_OUTCOMES")
                let hasNames = list == shop || list.contains("17")
                let byName = await client.get("\(list):outcomes?kind=failed&prefix=a")
                #expect((byName.status == .ok) == hasNames, "\(list)")
            }
            #expect(await client.get("\(shop)/jobs:outcomes").status == .notFound)
            #expect(await client.get("\(shop)/a:outcomes").status == .notFound)
        }
    }

    @Test("health is told when all listeners accept requests")
    func health() async throws {
        let scheduler = try await Place().startScheduler()
        for (isReady, status) in [(false, "500 ERR_HEALTH_NOT_READY"), (true, "204")] {
            let endpoint = OperatorEndpoint(jobs: scheduler, isReady: { isReady })
            let answer = await OperatorClient(endpoint: endpoint).get("/v1/healthz")
            #expect(answer.summary == status)
        }
        scheduler.stop()
        try await scheduler.run()
    }
}

@Suite("Deleting many jobs")
struct OperatorDeletionTests {
    @Test("of an app or an actor needs a prefix, even an empty one")
    func prefixes() async throws {
        try await Place().withOperator { client, _ in
            let paths = ["default/apps/shop/jobs", "default/actors/cart/17/reminders"]
            for path in paths {
                let names = await client.schedule("\(path)/a", "\(path)/ab", "\(path)/b")
                #expect(names == ["204", "204", "204"])
                let jobs = "/v1/namespaces/\(path)"
                #expect(await client.delete(jobs).summary == "400 DAPR_SCHEDULER_DELETE_JOB")
                #expect(await client.delete("\(jobs)?prefix=a").text == #"{"deleted":2}"#)
                #expect(await client.delete("\(jobs)?prefix=").text == #"{"deleted":1}"#)
            }
        }
    }

    @Test("of a namespace meets all of its jobs and reminders and nobody else's")
    func namespaces() async throws {
        let place = try Place()
        try await place.withOperator { client, _ in
            for namespace in ["test", "test-1", "tes", "default"] {
                let made = await client.schedule(
                    "\(namespace)/apps/shop/jobs/a", "\(namespace)/apps/billing/jobs/b",
                    "\(namespace)/actors/cart/1/reminders/c")
                #expect(made == ["204", "204", "204"])
            }
            #expect(await client.delete("/v1/namespaces/test").text == #"{"deleted":3}"#)
            #expect(await client.get("/v1/namespaces/test/jobs").listed == [])
            for namespace in ["test-1", "tes", "default"] {
                let left = await client.get("/v1/namespaces/\(namespace)/jobs").listed
                #expect(left.count == 3, "\(left)")
            }
            #expect(await client.delete("/v1/namespaces/test").text == #"{"deleted":0}"#)
            #expect(await client.delete("/v1/namespaces/?x=1").status == .badRequest)
            #expect(await client.delete("/v1/namespaces/default?prefix=a").status == .badRequest)
            #expect(await client.delete("/v1/namespaces/").status == .badRequest)
            #expect(await client.delete("/v1/namespaces/a%2Fb").status == .badRequest)
            #expect(await client.get("/v1/namespaces/default/jobs").listed.count == 3)
        }
        let deletions = try place.events().compactMap { event in
            if case .deletedByPrefix(let deletion) = event { deletion } else { nil }
        }
        #expect(deletions.map(\.count) == [2, 1])
        #expect(deletions.map(\.keyPrefix) == [Array("atest\0".utf8), Array("rtest\0".utf8)])
        #expect(deletions.allSatisfy { $0.caller.api == .operator })
    }
}
