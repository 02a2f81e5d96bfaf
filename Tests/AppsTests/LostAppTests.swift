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

@Suite("An app that is lost with a trigger in flight", .timeLimit(.minutes(1)))
struct LostAppTests {
    /// Runs a scheduler and an app's channel until a job that is due at once has ended.
    private func runJob(
        _ place: Place, calls: any AppCalls, at address: AppAddress,
        policy: String = #"{"drop":{}}"#, schedule: String = "", backOff: BackOff = .hasty
    ) async throws {
        let scheduler = try await place.startScheduler()
        let channel = AppChannel(
            to: address, by: calls, on: AppLoops(for: address), scheduler: scheduler,
            route: try place.scope.route, window: 4, timeout: nil, backOff: backOff,
            logger: silent)
        try await place.run([channel], scheduler) { api in
            let response = await api.post(
                "/v1.0/jobs/a", #"{"dueTime":"0s","failurePolicy":\#(policy)\#(schedule)}"#)
            #expect(response.summary == "204")
            while await api.get("/v1.0/jobs/a").status == .ok {}
        }
    }

    private func acknowledgements(_ place: Place) throws -> [Acknowledgement] {
        try place.events().compactMap { event in
            if case .acknowledged(let answer) = event { answer } else { nil }
        }
    }

    @Test(
        "a connection that breaks before the whole answer: twice for nothing, then a failure",
        arguments: [
            "", "HTTP/1.1 200", "HTTP/1.1 200 X\r\ncontent-length: 10\r\n\r\nhalf",
            "not HTTP at all\r\n\r\n",
        ])
    func broken(last: String) async throws {
        let place = try Place()
        let app = try await StubApp.start { _ in .last(last) }
        let address = AppAddress(host: "127.0.0.1", port: app.port)
        let loops = AppLoops(for: address)
        try await runJob(place, calls: HTTPAppCalls(of: address, on: loops), at: address)
        let answers = try acknowledgements(place)
        #expect(answers.map(\.outcome) == [.abandoned, .abandoned, .failed])
        #expect(answers.allSatisfy { $0.connectionBroke && $0.code == 0 })
        try await app.stop()
    }

    @Test("after two answers that the app is unavailable it is away, and its policy counts them")
    func unavailable() async throws {
        let place = try Place()
        let left = Mutex(2)
        let app = try await StubApp.start { _ in
            let isAvailable = left.withLock { left in
                left -= 1
                return left < 0
            }
            return .status(isAvailable ? 200 : 503)
        }
        let address = AppAddress(host: "127.0.0.1", port: app.port)
        try await runJob(
            place, calls: HTTPAppCalls(of: address, on: AppLoops(for: address)), at: address,
            policy: #"{"constant":{"interval":"0s","maxRetries":5}}"#)
        #expect(try acknowledgements(place).map(\.outcome) == [.failed, .failed, .succeeded])
        let absences = try place.events().count {
            if case .receiverAbsent = $0 { true } else { false }
        }
        #expect(absences >= 1)
        try await app.stop()
    }

    @Test("breaks between answers keep an app away no longer, however often they come")
    func moody() async throws {
        let place = try Place()
        let calls = Mutex(0)
        let app = try await StubApp.start { _ in
            calls.withLock { calls in
                calls += 1
                return calls % 3 == 1 ? .status(200) : .last("")
            }
        }
        let address = AppAddress(host: "127.0.0.1", port: app.port)
        // Pauses that doubled from one loss to the next would take eleven days.
        var backOff = BackOff.hasty
        backOff.breaksMax = .seconds(1_000_000)
        try await runJob(
            place, calls: HTTPAppCalls(of: address, on: AppLoops(for: address)), at: address,
            schedule: #","schedule":"@every 0s","repeats":30"#, backOff: backOff)
        let outcomes = try acknowledgements(place).map(\.outcome)
        #expect(outcomes.filter { $0 == .succeeded }.count == 30)
        #expect(outcomes.filter { $0 == .abandoned }.count == 58)
        try await app.stop()
    }

    @Test("an app that drains is absent before its trigger comes back, and is looked for again")
    func drained() async throws {
        let place = try Place()
        let calls = DrainingCalls(count: 5)
        try await runJob(place, calls: calls, at: AppAddress(host: "127.0.0.1", port: 1))
        let answers = try acknowledgements(place)
        #expect(
            answers.map(\.outcome) == Array(repeating: .abandoned, count: 5) + [.succeeded])
        #expect(answers.allSatisfy { !$0.connectionBroke })
        #expect(calls.looks == 6)
        var isPresent = false
        for event in try place.events() {
            switch event {
            case .receiverPresent: isPresent = true
            case .receiverAbsent: isPresent = false
            case .triggered(let trigger): #expect(isPresent && trigger.attempt == 1)
            case .acknowledged(let answer) where answer.outcome == .abandoned:
                #expect(!isPresent)
            default: break
            }
        }
    }
}

/// An app that closes in order with this many calls under way, and answers the next.
private final class DrainingCalls: AppCalls {
    private let state: Mutex<(left: Int, looks: Int)>

    init(count: Int) { state = Mutex((count, 0)) }

    var looks: Int { state.withLock { $0.looks } }

    func run() async {}

    func findsApp() async -> Bool {
        state.withLock { $0.looks += 1 }
        return true
    }

    func close() async throws {}

    func call(_ loaded: LoadedDelivery, timeout: Duration?) async -> AppCallResult {
        state.withLock { state in
            state.left -= 1
            return state.left >= 0
                ? .drained(reason: "GOAWAY")
                : .answered(AppAnswer(outcome: .succeeded, code: 200))
        }
    }
}
