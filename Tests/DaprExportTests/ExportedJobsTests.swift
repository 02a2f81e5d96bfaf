// What becomes of the jobs of jobs.json, which tells their story.

import DaprExport
import EventLog
import Jobs
import Testing

@Suite("Jobs of an export")
struct ExportedJobsTests {
    private let jobs: ExportedJobs

    init() throws { jobs = Fixture.jobs(in: try Fixture.file("jobs.gob")) }

    private func moved(_ name: String) throws -> ExportedJobs.Moved {
        try #require(jobs.moved.first { $0.definition.id.name == name })
    }

    private static func instant(_ text: String) throws -> Timestamp {
        try PointInTime.parse(text, field: "dueTime").resolve(from: .earliest)
    }

    @Test(
        "each goes on with the tick after the last that ran",
        arguments: [
            ("every", 4, "2026-11-01T12:00:00.123456789Z"),
            ("cron", 42, "2026-11-27T06:30:40Z"),
            // Counted in the zone, from when it was accepted.
            ("zone", 1, "2026-11-01T13:00:00Z"),
            ("once", 1, "2040-02-29T12:00:00Z"),
            ("once, failing", 1, "2026-11-20T12:00:00Z"),
            ("some left", 5, "2026-11-24T12:00:00Z"),
            ("until", 1, "2026-11-21T00:00:00Z"),
            ("||odd|| näme +%", 1, "2027-01-01T00:00:00Z"),
            // The counter beside it is of another job.
            ("replaced", 1, "2026-11-20T13:30:00Z"),
            ("wake", 1, "2026-12-24T18:00:00Z"),
            ("start-abc", 1, "2026-12-01T00:00:00Z"),
            // A wait without a time-out.
            ("timer", 1, "9999-12-31T23:59:59.999999999Z"),
        ])
    func next(name: String, tick: UInt64, due: String) throws {
        let job = try moved(name)
        #expect(job.due == (try Self.instant(due)))
        #expect(job.definition.firstTick == tick)
        #expect(job.definition.firstDue == job.due)
        #expect(job.hasForeignCounter == (name == "replaced"))
    }

    @Test("nothing else is moved in, and all stand in the order of their identities")
    func order() {
        #expect(jobs.moved.count == 12)
        let ids = jobs.moved.map(\.definition.id)
        #expect(ids == ids.sorted())
        #expect(jobs.finished.map(\.name) == ["none left", "once, done", "over"])
        #expect(jobs.strayCounters == 1)
    }

    @Test("texts, instants, policies and payloads are those of the file")
    func definitions() throws {
        let every = try moved("every").definition
        #expect(every.ticksElsewhere?.count == 3)
        #expect(
            every.ticksElsewhere?.lastDue == (try Self.instant("2026-11-01T11:00:00.123456789Z")))
        #expect(every.anchor == (try Self.instant("2026-11-01T08:00:00.123456789Z")))
        #expect(every.failurePolicy == .constant(interval: 1_000_000_000, retriesMax: 3))
        #expect(every.caller == Caller(api: .import, appID: "shop", peer: "jobs.gob"))
        #expect(every.submittedAppID == nil && every.dueTime == nil && every.expiry == nil)
        #expect(
            try moved("cron").definition.failurePolicy == .constant(interval: nil, retriesMax: nil))
        #expect(try moved("zone").definition.failurePolicy == .drop)
        let some = try moved("some left").definition
        #expect(some.repeats == 5 && some.dueTime == "1h" && some.schedule == "@every 24h")
        #expect(some.failurePolicy == .constant(interval: nil, retriesMax: 0))
        let until = try moved("until").definition
        #expect(until.ttl == "P1Y")
        #expect(until.expiry == (try Self.instant("2027-11-20T12:00:00Z")))
    }

    @Test("a payload may have any type, or none")
    func payloads() throws {
        let odd = Payload(typeURL: "example.com/any.Thing", value: [0xFF, 0, 0x80, 0])
        #expect(try moved("||odd|| näme +%").plan.payload == odd.stored)
        #expect(try moved("once").plan.payload == Payload(typeURL: "", value: []).stored)
        #expect(try moved("cron").plan.payload == nil)
        // A job without a policy: Dapr's scheduler gives a failed tick up.
        #expect(try moved("||odd|| näme +%").definition.failurePolicy == .drop)
    }

    @Test("reminders keep their actors, the app that registered them and their concurrency key")
    func reminders() throws {
        let wake = try moved("wake").definition
        #expect(wake.id.target == .actor(type: "Cart", id: "17||a"))
        #expect(wake.submittedAppID == "shop")
        let start = try moved("start-abc").definition
        #expect(
            start.id.target
                == .actor(type: "dapr.internal.default.flows.workflow", id: "order-1"))
        #expect(start.concurrencyKey == "order")
        #expect(try moved("||odd|| näme +%").definition.id.namespace == "team||a")
    }

    @Test("failed attempts of the next tick are told, and do not count")
    func attempts() throws {
        #expect(try moved("cron").failedAttempts == 2)
        #expect(try moved("once, failing").failedAttempts == 7)
        #expect(try moved("every").failedAttempts == 0)
    }

    @Test(
        "what cannot be kept is named with the reason",
        arguments: [
            ("app||default||shop||a/b", "name: must not contain \"/\""),
            (
                "app||default||shop||begun otherwise",
                "begin: is not of the kind that its texts ask for"
            ),
            ("app||default||shop||never", "schedule: the schedule never comes due"),
            ("app||default||shop||unbegun", "begin: is missing"),
            (
                "app||default||shop||uncounted",
                "counter: says that 2 ticks have run, but not when the last was due"
            ),
            (
                "app||default||shop2||key",
                "its key is not \"app||default||shop||\" and a name, as its metadata has it"
            ),
        ])
    func refusals(key: String, reason: String) throws {
        #expect(try #require(jobs.refused.first { $0.key == key }).reason == reason)
        #expect(jobs.refused.count == 7)
    }

    @Test("a zone that is not installed is a reason too")
    func zones() throws {
        let refused = try #require(jobs.refused.first { $0.key.hasSuffix("nowhere") })
        #expect(refused.reason.hasPrefix("schedule: provided bad location Test/Nowhere: "))
    }
}
