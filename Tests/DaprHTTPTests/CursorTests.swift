import APISupport
import DaprHTTP
import Jobs
import Testing

@Suite("A cursor")
struct CursorTests {
    private func withCursor(
        prefix: String = "", _ test: (API, String) async throws -> Void
    ) async throws {
        try await Place().withAPI { api in
            for name in ["aa", "ab", "ac"] {
                #expect(
                    await api.post("/v1.0/jobs/\(name)", #"{"dueTime":"1h"}"#).summary == "204")
            }
            let page = await api.get("/v1.0/jobs?limit=1&prefix=\(prefix)")
            try await test(api, try #require(page.field("nextCursor")))
        }
    }

    @Test("stands in a URL as it is, and leads to what follows, with another limit too")
    func leads() async throws {
        try await withCursor { api, cursor in
            #expect(cursor.utf8.allSatisfy(isUnreserved))
            for (limit, names) in [(1, ["ab"]), (2, ["ab", "ac"]), (9, ["ab", "ac"])] {
                let page = await api.get("/v1.0/jobs?cursor=\(cursor)&limit=\(limit)")
                #expect(page.names == names)
            }
            let other = await api.get("/v1.0-alpha1/jobs?cursor=\(cursor)&prefix=")
            #expect(other.names == ["ab", "ac"])
        }
    }

    private func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    @Test("outlives its job and a restart")
    func lasts() async throws {
        let place = try Place()
        var cursor: String?
        try await place.withAPI { api in
            for name in ["a", "b"] {
                _ = await api.post("/v1.0/jobs/\(name)", #"{"dueTime":"1h"}"#)
            }
            cursor = await api.get("/v1.0/jobs?limit=1").field("nextCursor")
        }
        try await place.withAPI { api in
            #expect(await api.delete("/v1.0/jobs/a").summary == "204")
            #expect(await api.get("/v1.0/jobs?cursor=\(cursor ?? "")").names == ["b"])
        }
    }

    @Test("is refused with another prefix than its own", arguments: ["a", "aa", "b", "A"])
    func otherPrefix(prefix: String) async throws {
        try await withCursor { api, cursor in
            let page = await api.get("/v1.0/jobs?cursor=\(cursor)&prefix=\(prefix)")
            #expect(page.summary == "400 DAPR_SCHEDULER_LIST_JOBS")
            #expect(page.field("message")?.contains("cursor: ") == true)
        }
        try await withCursor(prefix: "a") { api, cursor in
            let own = await api.get("/v1.0/jobs?cursor=\(cursor)&prefix=a")
            #expect(own.names == ["ab", "ac"])
            guard prefix != "a" else { return }
            let page = await api.get("/v1.0/jobs?cursor=\(cursor)&prefix=\(prefix)")
            #expect(page.summary == "400 DAPR_SCHEDULER_LIST_JOBS")
        }
    }

    @Test("of another app or namespace is refused")
    func otherApp() async throws {
        try await withCursor { _, cursor in
            for (namespace, appID) in [("default", "bank"), ("other", "shop")] {
                let place = try Place(namespace: namespace, appID: appID)
                try await place.withAPI { api in
                    let page = await api.get("/v1.0/jobs?cursor=\(cursor)")
                    #expect(page.summary == "400 DAPR_SCHEDULER_LIST_JOBS")
                }
            }
        }
    }

    @Test("with one letter changed, lost, added or padded is refused")
    func damaged() async throws {
        try await withCursor { api, cursor in
            var damaged = [
                String(cursor.dropLast()), String(cursor.dropFirst()), cursor + "A", cursor + "%3D",
                cursor + "=", cursor + "%0A", "%20" + cursor, cursor + cursor,
            ]
            for index in cursor.indices {
                for letter: Character in ["A", "B", "z", "_", "!"] where letter != cursor[index] {
                    var text = cursor
                    text.replaceSubrange(index...index, with: [letter])
                    damaged.append(text)
                }
            }
            for text in damaged {
                let page = await api.get("/v1.0/jobs?cursor=\(text)")
                #expect(page.summary == "400 DAPR_SCHEDULER_LIST_JOBS", "\(text)")
            }
        }
    }

    @Test("of the longest name works")
    func longest() async throws {
        try await Place().withAPI { api in
            let name = String(repeating: "%C3%A9", count: 256)
            for name in [name, "z", "\u{10FFFF}"] {
                _ = await api.post("/v1.0/jobs/\(name)", #"{"dueTime":"1h"}"#)
            }
            let first = try #require(await api.get("/v1.0/jobs?limit=2").field("nextCursor"))
            #expect(await api.get("/v1.0/jobs?cursor=\(first)").names == ["\u{10FFFF}"])
        }
    }
}
