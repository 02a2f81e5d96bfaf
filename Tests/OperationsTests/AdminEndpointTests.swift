import EventLog
import HTTPTypes
import Jobs
import Logging
import Operations
import Scheduler
import SchedulerCore
import Synchronization
import Testing

@Suite("The admin listener")
struct AdminEndpointTests {
    private let storage = MemoryStorage(identity: LogID.random())
    private let reads = Gate(isOpen: true)
    private let appends = Gate(isOpen: true)

    private func endpoint(of scheduler: Scheduler) -> AdminEndpoint {
        AdminEndpoint(scheduler: scheduler, softwareVersion: "test", directory: "/nonexistent")
    }

    private func start(_ scheduler: Scheduler) async throws {
        let (storage, reads, appends) = (storage, reads, appends)
        _ = try await scheduler.start(
            softwareVersion: "test", logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        ) { _ in GatedLog(storage, reads: reads, appends: appends) }
    }

    private func stop(_ scheduler: Scheduler) async throws {
        scheduler.stop()
        try await scheduler.run()
    }

    private func progress(
        _ isReady: Bool, _ phase: String, _ folded: Int, of end: Int
    ) -> String {
        #"{"ready":\#(isReady),"phase":"\#(phase)","#
            + #""recordsFolded":\#(folded),"recordsToFold":\#(end),"clockHeld":false}"# + "\n"
    }

    @Test(
        "is not ready while the log is read, and says how far that is", .timeLimit(.minutes(1)))
    func showsProgress() async throws {
        let first = Scheduler(zones: FixedZones())
        try await start(first)
        try await stop(first)
        let scheduler = Scheduler(zones: FixedZones())
        let endpoint = endpoint(of: scheduler)
        let opening = endpoint.answer(.get, path: "/readyz").body
        #expect(opening == progress(false, "opening", 0, of: 0))
        reads.set(isOpen: false)
        async let started: Void = start(scheduler)
        while !Task.isCancelled, scheduler.metrics.liveness.progress.of == 0 { await Task.yield() }
        let answer = endpoint.answer(.get, path: "/readyz")
        #expect(answer.status == .serviceUnavailable)
        #expect(answer.body == progress(false, "folding", 0, of: 2))
        #expect(endpoint.answer(.get, path: "/healthz").status == .serviceUnavailable)
        #expect(endpoint.answer(.get, path: "/livez").status == .ok)
        #expect(endpoint.answer(.get, path: "/metrics").status == .ok)
        reads.set(isOpen: true)
        try await started
        let ready = endpoint.answer(.get, path: "/readyz")
        #expect((ready.status, ready.contentType) == (.ok, "application/json"))
        #expect(ready.body == progress(true, "serving", 2, of: 2))
        #expect(endpoint.answer(.get, path: "/healthz").status == .ok)
        try await stop(scheduler)
        #expect(endpoint.answer(.get, path: "/readyz").status == .serviceUnavailable)
        #expect(endpoint.answer(.get, path: "/healthz").status == .serviceUnavailable)
    }

    @Test(
        "is not alive while the writer hangs, and is again when it goes on",
        .timeLimit(.minutes(1)))
    func hangs() async throws {
        let scheduler = Scheduler(zones: FixedZones(), silenceMax: 3_000_000_000)
        let endpoint = endpoint(of: scheduler)
        try await start(scheduler)
        appends.set(isOpen: false)
        let id = try JobID(namespace: "default", target: .app("shop"), name: "job")
        let caller = Caller(api: .http, appID: "shop", peer: "test")
        let request = JobRequest(id: id, dueTime: "1h", caller: caller)
        async let scheduled: Void = scheduler.schedule(
            try JobPlan(request, zones: FixedZones()))
        while !Task.isCancelled, scheduler.metrics.liveness.isAlive { await Task.yield() }
        #expect(endpoint.answer(.get, path: "/livez").status == .serviceUnavailable)
        #expect(endpoint.answer(.get, path: "/healthz").status == .serviceUnavailable)
        let ready = endpoint.answer(.get, path: "/readyz")
        #expect(ready.status == .serviceUnavailable)
        #expect(ready.body.hasPrefix(#"{"ready":false,"phase":"serving","#))
        #expect(endpoint.answer(.get, path: "/metrics").status == .ok)
        appends.set(isOpen: true)
        _ = try await scheduled
        while !Task.isCancelled, !scheduler.metrics.liveness.isAlive { await Task.yield() }
        #expect(endpoint.answer(.get, path: "/livez").status == .ok)
        #expect(endpoint.answer(.get, path: "/readyz").status == .ok)
        try await stop(scheduler)
    }

    @Test("is not ready before every port listens", .timeLimit(.minutes(1)))
    func listens() async throws {
        let scheduler = Scheduler(zones: FixedZones())
        let isListening = Atomic(false)
        let endpoint = AdminEndpoint(
            scheduler: scheduler, softwareVersion: "test", directory: "/nonexistent",
            isListening: { isListening.load(ordering: .relaxed) })
        try await start(scheduler)
        let early = endpoint.answer(.get, path: "/readyz")
        #expect(early.status == .serviceUnavailable)
        #expect(endpoint.answer(.get, path: "/healthz").status == .serviceUnavailable)
        #expect(early.body == progress(false, "listening", 0, of: 0))
        #expect(endpoint.answer(.get, path: "/livez").status == .ok)
        isListening.store(true, ordering: .relaxed)
        #expect(endpoint.answer(.get, path: "/readyz").status == .ok)
        #expect(endpoint.answer(.get, path: "/healthz").status == .ok)
        try await stop(scheduler)
    }

    @Test(
        "takes GET and nothing else",
        arguments: [
            (HTTPRequest.Method.get, "/livez", HTTPResponse.Status.ok), (.get, "/livez?x=1", .ok),
            (.post, "/livez", .methodNotAllowed), (.delete, "/metrics", .methodNotAllowed),
            (.head, "/readyz", .methodNotAllowed), (.get, "/", .ok),
            (.get, "/metrics", .ok), (.post, "/", .methodNotAllowed), (.get, "//", .notFound),
            (.get, "/metrics/", .notFound), (.post, "/nothing", .notFound), (.get, "", .notFound),
        ])
    func methods(method: HTTPRequest.Method, path: String, status: HTTPResponse.Status) {
        let scheduler = Scheduler(zones: FixedZones())
        #expect(endpoint(of: scheduler).answer(method, path: path).status == status)
    }
}
