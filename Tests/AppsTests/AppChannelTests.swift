import APISupport
import Apps
import DaprAPI
import DaprHTTP
import EventLog
import HTTPTypes
import Jobs
import Logging
import Scheduler
import SchedulerCore
import ServiceLifecycle
import Synchronization
import Testing

@Suite("Calling the app", .timeLimit(.minutes(1)))
struct AppChannelTests {
    /// Runs a scheduler and the channel to `port` while `body` posts jobs, then stops both as the
    /// server does.
    private func run(
        _ place: Place, port: Int, window: UInt32 = 4, logger: Logger = silent,
        _ body: (API) async throws -> Void
    ) async throws {
        let scheduler = try await place.startScheduler()
        let channel = AppChannel(
            http: AppAddress(host: "127.0.0.1", port: port), scheduler: scheduler,
            route: try place.scope.route, window: window, backOff: .hasty, logger: logger)
        try await place.run([channel], scheduler, body)
    }

    private func post(_ api: API, _ name: String, _ more: String = "") async {
        let response = await api.post(
            "/v1.0/jobs/\(name)", #"{"dueTime":"0s","failurePolicy":{"drop":{}}\#(more)}"#)
        #expect(response.summary == "204")
    }

    @Test("a trigger is a POST with the payload and all there is to know of it")
    func request() async throws {
        let place = try Place()
        let app = try await StubApp.start()
        try await run(place, port: app.port) { api in
            await post(api, "report", #","data":{"b":1,"a":"x"}"#)
            let request = await app.next()[0]
            #expect(request.line == "POST /job/report HTTP/1.1")
            #expect(request.body == #"{"a":"x","b":1}"#)
            #expect(request.headers["content-type"] == "application/json")
            #expect(request.headers["content-length"] == "15")
            #expect(request.headers["host"] == "127.0.0.1:\(app.port)")
            #expect(request.headers["daybook-attempt"] == "1")
            #expect(request.headers["daybook-cause"] == "schedule")
            #expect(request.headers["daybook-due-time"]?.hasSuffix("Z") == true)
            #expect(request.headers["idempotency-key"]?.split(separator: "-").count == 3)
            #expect(UInt64(request.headers["daybook-trigger"] ?? "") != nil)
            // No span is exported that a trace could lead to.
            #expect(request.headers["traceparent"] == nil)
            #expect(request.headers["user-agent"] == "daybook")
        }
        #expect(try place.outcomes() == ["succeeded 200"])
        try await app.stop()
    }

    @Test("without a payload the body is empty and says so")
    func empty() async throws {
        let app = try await StubApp.start()
        try await run(try Place(), port: app.port) { api in
            await post(api, "a")
            let request = await app.next()[0]
            #expect(request.body == "")
            #expect(request.headers["content-length"] == "0")
            #expect(request.headers["transfer-encoding"] == nil)
        }
        try await app.stop()
    }

    @Test("a name is one segment of the path, whatever is in it")
    func names() async throws {
        let table = [
            ("with%20space", "/job/with%20space"), ("a%25b", "/job/a%25b"),
            ("a%2541", "/job/a%2541"), ("a%2Bb", "/job/a%2Bb"), ("caf%C3%A9", "/job/caf%C3%A9"),
            ("my%7C%7Cjob@name", "/job/my%7C%7Cjob%40name"), ("a;b=c&d", "/job/a%3Bb%3Dc%26d"),
            ("~a._-", "/job/~a._-"), ("%F0%9F%98%80", "/job/%F0%9F%98%80"),
        ]
        let app = try await StubApp.start()
        try await run(try Place(), port: app.port) { api in
            for (escaped, path) in table {
                await post(api, escaped)
                #expect(await app.next()[0].path == path)
            }
        }
        try await app.stop()
    }

    @Test(
        "the app's answer becomes the outcome",
        arguments: [
            (StubReply.status(204), "succeeded 204"), (.status(404), "succeeded 404"),
            (.status(500), "failed 500"),
            (.status(200, body: #"{"status":"RETRY"}"#), "failed 200"),
            (.status(200, body: #"{"status":"DROP"}"#), "dropped 200"),
            (.last("HTTP/1.1 200 X\r\n\r\nno length"), "succeeded 200"),
            // A chunked answer, and one after an interim answer.
            (
                .bytes("HTTP/1.1 200 X\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"),
                "succeeded 200"
            ),
            (
                .bytes("HTTP/1.1 100 X\r\n\r\nHTTP/1.1 201 X\r\ncontent-length: 0\r\n\r\n"),
                "succeeded 201"
            ),
        ])
    func outcomes(reply: StubReply, outcome: String) async throws {
        let place = try Place()
        let app = try await StubApp.start { _ in reply }
        try await run(place, port: app.port) { api in
            await post(api, "a")
            #expect(await app.next()[0].path == "/job/a")
        }
        #expect(try place.outcomes() == [outcome])
        try await app.stop()
    }

    @Test("a redirect is not followed: it is a failure")
    func redirect() async throws {
        let place = try Place()
        let app = try await StubApp.start { request in
            request.path == "/job/a" ? .status(307, "location: /job/other\r\n") : .status(200)
        }
        try await run(place, port: app.port) { api in
            await post(api, "a")
            await post(api, "b")
            #expect(Set(await app.next(2).map(\.path)) == ["/job/a", "/job/b"])
        }
        #expect(Set(try place.outcomes()) == ["failed 307", "succeeded 200"])
        try await app.stop()
    }

    @Test("an answer without end is cut off; its status counts, and the next call works")
    func endless() async throws {
        let place = try Place()
        let chunk = "10000\r\n\(String(repeating: "x", count: 65_536))\r\n"
        let endless =
            "HTTP/1.1 200 X\r\ntransfer-encoding: chunked\r\n\r\n"
            + String(repeating: chunk, count: 4)
        let app = try await StubApp.start { request in
            request.path == "/job/a" ? .bytes(endless) : .status(200)
        }
        try await run(place, port: app.port, window: 1) { api in
            await post(api, "a")
            await post(api, "b")
            #expect(await app.next(2).map(\.path) == ["/job/a", "/job/b"])
        }
        #expect(try place.outcomes() == ["succeeded 200", "succeeded 200"])
        try await app.stop()
    }

    @Test("an app that is not there yet costs nothing: its jobs wait until it answers")
    func notThereYet() async throws {
        let place = try Place()
        let port = try await freePort()
        var late: StubApp?
        try await run(place, port: port) { api in
            await post(api, "a")
            let app = try await StubApp.start(port: port)
            late = app
            let request = await app.next()[0]
            #expect(request.headers["daybook-attempt"] == "1")
            #expect(request.headers["daybook-cause"] == "schedule")
        }
        #expect(try place.outcomes() == ["succeeded 200"])
        try await late?.stop()
    }

    @Test("an app that went away: undeliverable, then the same attempt once it is back")
    func away() async throws {
        let place = try Place()
        // No connection stays open that could be mistaken for the app's presence.
        let app = try await StubApp.start { _ in .status(200, "connection: close\r\n") }
        let port = app.port
        let log = MessageLog()
        var late: StubApp?
        try await run(place, port: port, logger: log.logger) { api in
            await post(api, "first")
            _ = await app.next()
            await log.wait(for: "the app answers")
            // Until its answer has arrived.
            while await api.get("/v1.0/jobs/first").status == .ok {}
            try await app.stop()
            await post(api, "second")
            await log.wait(for: "the app does not answer")
            let again = try await StubApp.start(port: port)
            late = again
            let request = await again.next()[0]
            #expect(request.path == "/job/second")
            #expect(request.headers["daybook-attempt"] == "1")
            #expect(request.headers["daybook-cause"] == "redelivery")
        }
        try await late?.stop()
        let outcomes = try place.outcomes()
        #expect(outcomes == ["succeeded 200", "undeliverable 0", "succeeded 200"])
        // An app found away was reported absent before its trigger was returned.
        var isPresent = false
        for event in try place.events() {
            switch event {
            case .receiverPresent: isPresent = true
            case .receiverAbsent: isPresent = false
            case .triggered: #expect(isPresent)
            case .acknowledged(let answer) where answer.outcome == .undeliverable:
                #expect(!isPresent)
            default: break
            }
        }
    }

    @Test("no more triggers are in flight than the window, and all of them arrive")
    func window() async throws {
        let place = try Place()
        let open = Mutex((now: 0, most: 0))
        let gate = Gate()
        let app = try await StubApp.start { _ in
            open.withLock {
                $0.now += 1
                $0.most = max($0.most, $0.now)
            }
            await gate.pass()
            open.withLock { $0.now -= 1 }
            return .status(200)
        }
        try await run(place, port: app.port, window: 2) { api in
            for index in 0..<6 { await post(api, "a\(index)") }
            _ = await app.next(2)
            for _ in 0..<4 {
                await gate.holds(2)
                gate.admit()
                _ = await app.next()
            }
            gate.open()
        }
        #expect(open.withLock { $0.most } == 2)
        #expect(try place.outcomes() == Array(repeating: "succeeded 200", count: 6))
        try await app.stop()
    }

    @Test("while it stops, answers of open calls are still taken")
    func draining() async throws {
        let place = try Place()
        let gate = Gate()
        let app = try await StubApp.start { _ in
            await gate.pass()
            return .status(200)
        }
        try await run(place, port: app.port) { api in
            await post(api, "a")
            _ = await app.next()
            // The answer is released only after the scheduler has rejected a command because it is
            // stopping.
            Task {
                while await api.get("/v1.0/jobs/a").status != .requestTimeout {}
                gate.open()
            }
        }
        #expect(try place.outcomes() == ["succeeded 200"])
        guard case .closed = try place.events().last else {
            Issue.record("the log was not closed")
            return
        }
        try await app.stop()
    }
}
