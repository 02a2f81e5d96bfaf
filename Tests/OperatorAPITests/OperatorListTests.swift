import APISupport
import DaprHTTP
import HTTPTypes
import Testing

@Suite("A list across apps")
struct OperatorListTests {
    private static let paths = [
        "default/apps/shop/jobs/a", "default/apps/shop/jobs/b", "default/apps/billing/jobs/a",
        "default/actors/cart/1/reminders/tick", "default/actors/cart/2/reminders/tick",
        "default/actors/wallet/1/reminders/tick", "test/apps/shop/jobs/a",
        "test-1/apps/shop/jobs/a", "test-1/actors/cart/1/reminders/tick",
    ]
    private static let everything = [
        "default/billing/a", "default/shop/a", "default/shop/b", "test/shop/a", "test-1/shop/a",
        "default/cart/1/tick", "default/cart/2/tick", "default/wallet/1/tick", "test-1/cart/1/tick",
    ]

    private func withJobs(_ test: (OperatorClient) async throws -> Void) async throws {
        try await Place().withOperator { client, _ in
            for path in Self.paths { #expect(await client.schedule(path) == ["204"]) }
            try await test(client)
        }
    }

    @Test("holds the jobs of all apps, then all reminders; or those of one owner, and no other's")
    func selections() async throws {
        let (jobs, reminders) = (Self.everything.prefix(5), Self.everything.suffix(4))
        func those(_ beginning: String, _ all: some Sequence<String>) -> [String] {
            all.filter { $0.hasPrefix(beginning) }
        }
        try await withJobs { client in
            for (path, expected) in [
                ("jobs", Self.everything), ("jobs?kind=jobs", Array(jobs)),
                ("jobs?kind=reminders", Array(reminders)),
                ("namespaces/default/jobs", those("default/", Self.everything)),
                ("namespaces/test/jobs", ["test/shop/a"]),
                ("namespaces/test-1/jobs?kind=reminders", ["test-1/cart/1/tick"]),
                ("namespaces/none/jobs", []),
                ("namespaces/default/apps/shop/jobs", ["default/shop/a", "default/shop/b"]),
                ("namespaces/default/apps/shop/jobs?prefix=b", ["default/shop/b"]),
                ("namespaces/default/apps/sho/jobs", []),
                ("namespaces/default/actors/cart/reminders", those("default/cart/", reminders)),
                (
                    "namespaces/default/actors/cart/reminders?idPrefix=2",
                    ["default/cart/2/tick"]
                ),
                ("namespaces/default/actors/cart/1/reminders", ["default/cart/1/tick"]),
                ("namespaces/default/actors/cart/1/reminders?prefix=x", []),
            ] {
                let list = await client.get("/v1/\(path)")
                #expect(list.status == .ok && list.listed == expected, "\(path): \(list.text)")
            }
        }
    }

    @Test(
        "goes on with the cursor through both kinds, page by page of any length", arguments: 1...10)
    func pages(limit: Int) async throws {
        try await withJobs { client in
            var seen: [String] = []
            var cursor: String?
            repeat {
                let rest = cursor.map { "&cursor=\($0)" } ?? ""
                let page = await client.get("/v1/jobs?limit=\(limit)\(rest)")
                #expect(page.status == .ok)
                #expect(page.listed.count == min(limit, Self.everything.count - seen.count))
                seen += page.listed
                cursor = page.cursor
            } while cursor != nil
            #expect(seen == Self.everything)
        }
    }

    @Test("takes no cursor of another list, and no parameter that it does not know")
    func refusals() async throws {
        try await withJobs { client in
            let cursor = try #require(await client.get("/v1/jobs?limit=1").cursor)
            #expect(await client.get("/v1/namespaces/default/jobs?cursor=\(cursor)").status == .ok)
            for path in [
                "namespaces/test/jobs?cursor=\(cursor)", "jobs?kind=reminders&cursor=\(cursor)",
                "jobs?cursor=AQ", "jobs?cursor=\(cursor.dropLast())", "jobs?limit=0",
                "jobs?limit=1001", "jobs?kind=job", "jobs?prefix=a",
                "namespaces/default/apps/shop/jobs?kind=jobs", "namespaces/a%2Fb/jobs",
                "namespaces//jobs", "namespaces/default/actors/cart/reminders?prefix=1",
                "namespaces/default/apps/shop/jobs?prefix=a/b",
            ] {
                #expect(await client.get("/v1/\(path)").status == .badRequest, "\(path)")
            }
        }
    }
}
