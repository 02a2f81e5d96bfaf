import APISupport
import Apps
import DaprAPI
import DaprHTTP
import EventLog
import HTTPTypes
import Jobs
import Logging
import Scheduler
import ServiceLifecycle
import Synchronization
import Testing

@Suite("Waiting for the app", .timeLimit(.minutes(1)))
struct AppPatienceTests {
    private struct Setting {
        var window: UInt32 = 4
        var timeout: Duration?
        var token = AppToken()
        var patience = AppChannel.Patience()
        var logger = silent
    }

    /// Runs a scheduler and a channel to each of `ports` while `body` posts jobs.
    private func run(
        _ place: Place, ports: [Int], _ setting: Setting, _ body: (API) async throws -> Void
    ) async throws {
        let scheduler = try await place.startScheduler()
        var channels: [AppChannel] = []
        for port in ports {
            channels.append(
                AppChannel(
                    http: AppAddress(host: "127.0.0.1", port: port), scheduler: scheduler,
                    route: try place.scope.route, token: setting.token,
                    window: setting.window, timeout: setting.timeout, backOff: .hasty,
                    patience: setting.patience, logger: setting.logger))
        }
        try await place.run(channels, scheduler, body)
    }

    private func post(_ api: API, _ name: String, retries: Int = 0) async {
        let policy = #"{"constant":{"interval":"0s","maxRetries":\#(retries)}}"#
        let response = await api.post(
            "/v1.0/jobs/\(name)", #"{"dueTime":"0s","failurePolicy":\#(policy)}"#)
        #expect(response.summary == "204")
    }

    @Test("an answer that takes too long is a timeout: its connection is closed, and it is retried")
    func timeout() async throws {
        let place = try Place()
        let gate = Gate()
        let app = try await StubApp.start { request in
            if request.headers["daybook-attempt"] == "1" { await gate.pass() }
            return .status(200)
        }
        let log = MessageLog()
        // Long enough for apps that answer at once, even on a busy machine.
        let setting = Setting(window: 1, timeout: .seconds(2), logger: log.logger)
        try await run(place, ports: [app.port], setting) { api in
            await post(api, "slow", retries: 1)
            let calls = await app.next(2)
            #expect(calls.map { $0.headers["daybook-attempt"] } == ["1", "2"])
            #expect(calls[0].headers["idempotency-key"] == calls[1].headers["idempotency-key"])
            let said = await log.wait(
                for: "the app did not answer a trigger of the job in time; that counts as a failure"
            )
            #expect(said["job"] == "slow")
            // Too late: its connection is closed, so this answer cannot be mistaken for another
            // call's.
            gate.open()
            await post(api, "other")
            #expect(await app.next()[0].path == "/job/other")
        }
        #expect(try place.outcomes() == ["timedOut 0", "succeeded 200", "succeeded 200"])
        try await app.stop()
    }

    @Test("an answer that begins in time and does not end is a timeout too")
    func halfAnswer() async throws {
        let place = try Place()
        let app = try await StubApp.start { _ in
            .bytes("HTTP/1.1 200 X\r\ncontent-length: 10\r\n\r\nhalf")
        }
        let setting = Setting(timeout: .milliseconds(50))
        try await run(place, ports: [app.port], setting) { api in
            await post(api, "half")
            _ = await app.next()
            while await api.get("/v1.0/jobs/half").status == .ok {}
        }
        #expect(try place.outcomes() == ["timedOut 0"])
        try await app.stop()
    }

    @Test("the app's token goes with every call, the one of the moment")
    func token() async throws {
        let place = try Place()
        let app = try await StubApp.start()
        let setting = Setting(token: AppToken("first"))
        try await run(place, ports: [app.port], setting) { api in
            await post(api, "a")
            #expect(await app.next()[0].headers["dapr-api-token"] == "first")
            setting.token.replace(with: "second")
            await post(api, "b")
            #expect(await app.next()[0].headers["dapr-api-token"] == "second")
            setting.token.replace(with: nil)
            await post(api, "c")
            #expect(await app.next()[0].headers["dapr-api-token"] == nil)
        }
        try await app.stop()
    }

    @Test("a window that stays full is warned about again and again, with its oldest trigger")
    func fullWindow() async throws {
        let place = try Place()
        let gate = Gate()
        let app = try await StubApp.start { _ in
            await gate.pass()
            return .status(200)
        }
        let log = MessageLog()
        var setting = Setting(window: 2, logger: log.logger)
        setting.patience.first = .milliseconds(1)
        setting.patience.again = .milliseconds(2)
        try await run(place, ports: [app.port], setting) { api in
            await post(api, "first")
            let oldest = await app.next()[0]
            await post(api, "second")
            _ = await app.next()
            let warning =
                "the app has too many unanswered triggers and gets no more until it answers"
            for _ in 0..<3 {
                let said = await log.wait(for: warning)
                #expect(said["in-flight"] == "2")
                #expect(said["oldest-job"] == "first")
                #expect("\(said["oldest-trigger"] ?? "")" == oldest.headers["daybook-trigger"])
                #expect("\(said["oldest-since"] ?? "")".hasSuffix("Z"))
                #expect("\(said["address"] ?? "")" == "127.0.0.1:\(app.port)")
            }
            // One free place of two is half.
            gate.admit()
            await log.wait(for: "the app has room for triggers again")
            gate.open()
        }
        try await app.stop()
    }

    @Test(
        "each trigger goes to one of the replicas, in turn; one that hangs does not hold up others")
    func replicas() async throws {
        let place = try Place()
        let gate = Gate()
        let hung = try await StubApp.start { _ in
            await gate.pass()
            return .status(200)
        }
        let fine = try await StubApp.start()
        let log = MessageLog()
        let setting = Setting(window: 2, logger: log.logger)
        try await run(place, ports: [hung.port, fine.port], setting) { api in
            for _ in 0..<2 { await log.wait(for: "the app answers") }
            let names = (0..<10).map { "a\($0)" }
            for name in names { await post(api, name) }
            // The app that does not answer takes only two.
            let taken = await fine.next(8) + hung.next(2)
            #expect(taken.map(\.path).sorted() == names.map { "/job/\($0)" })
            gate.open()
        }
        #expect(try place.outcomes() == Array(repeating: "succeeded 200", count: 10))
        try await hung.stop()
        try await fine.stop()
    }
}
