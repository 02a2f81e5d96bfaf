import Audit
import EventLog
import Jobs
import Scheduler
import SchedulerCore
import Testing

@Suite("The running scheduler")
struct SchedulerTests {
    @Test("answers a command when its effects are durable, and reads what it stored")
    func schedulesAndReads() async throws {
        let place = Place()
        try await place.withScheduler { scheduler, report in
            #expect(report.jobs == 0)
            let payload = Payload(typeURL: "type", value: [1, 2, 3])
            let command = try schedule("a") {
                $0.schedule = "@every 1h"
                $0.payload = payload
            }
            #expect(await scheduler.submit(command).isScheduled)
            let job = await scheduler.submit(.get(try jobID("a"))).job
            #expect(job?.definition.schedule == "@every 1h")
            #expect(job?.definition.dueTime == "1h")
            #expect(job?.payload == payload)
        }
        // opened, created, closed.
        #expect(MemoryLog(acquiring: place.storage).head().last == SequenceNumber(3))
    }

    @Test("refuses what the decider refuses")
    func rejects() async throws {
        try await Place().withScheduler { scheduler, _ in
            let id = try jobID("missing")
            #expect(await scheduler.submit(.get(id)).rejection == .notFound(id))
            let never = try schedule("never") { $0.schedule = "0 0 0 30 2 *" }
            guard case .invalid(let field)? = await scheduler.submit(never).rejection else {
                Issue.record("accepted")
                return
            }
            #expect(field.field == "schedule")
        }
    }

    @Test("delivers a due job with its payload, and runs it again until it is answered well")
    func delivers() async throws {
        let place = Place()
        try await place.withScheduler { scheduler, _ in
            let recorder = Recorder()
            _ = scheduler.attach(recorder, route: try route(), address: "test", window: 8)
            let command = try schedule("now") {
                $0.dueTime = "0s"
                $0.payload = Payload(typeURL: "type", value: [7])
                $0.failurePolicy = .constant(interval: nil, retriesMax: 3)
            }
            #expect(await scheduler.submit(command).isScheduled)
            let first = await recorder.next(1)[0]
            #expect(first.payload?.value == [7])
            #expect(first.delivery.attempt == 1)
            scheduler.answer(Answer(trigger: first.delivery.trigger, outcome: .failed, code: 500))
            let second = await recorder.next(1)[0]
            #expect(second.delivery.attempt == 2)
            #expect(second.delivery.key == first.delivery.key)
            scheduler.answer(Answer(trigger: second.delivery.trigger, outcome: .succeeded))
        }
        let report = try Audit.of(MemoryLog(acquiring: place.storage))
        #expect(report.isClean)
        #expect(report.jobsLive == 0)
    }

    @Test(
        "hands out definitions for their metadata: of jobs that have any, to receivers that ask",
        arguments: [true, false])
    func metadata(_ isAskedFor: Bool) async throws {
        try await Place().withScheduler { scheduler, _ in
            let recorder = Recorder(needsMetadata: isAskedFor)
            _ = scheduler.attach(recorder, route: try route(), address: "test", window: 8)
            for (name, change) in Self.metadata {
                let command = try schedule(name) {
                    $0.dueTime = "0s"
                    change(&$0)
                }
                #expect(await scheduler.submit(command).isScheduled)
                let loaded = await recorder.next(1)[0]
                #expect(
                    loaded.definition?.id.name == (isAskedFor && name != "plain" ? name : nil))
                scheduler.answer(Answer(trigger: loaded.delivery.trigger, outcome: .succeeded))
            }
        }
    }

    private static let metadata: [(String, @Sendable (inout JobRequest) -> Void)] = [
        ("plain", { _ in }), ("of a key", { $0.concurrencyKey = "key" }),
        ("submitted", { $0.submittedAppID = "other" }),
    ]

    @Test("parks what is due until a receiver comes")
    func parks() async throws {
        try await Place().withScheduler { scheduler, _ in
            for index in 0..<5 {
                let command = try schedule("job-\(index)") { $0.dueTime = "0s" }
                #expect(await scheduler.submit(command).isScheduled)
            }
            let recorder = Recorder()
            _ = scheduler.attach(recorder, route: try route(), address: "test", window: 8)
            let deliveries = await recorder.next(5).map(\.delivery)
            #expect(deliveries.map(\.id.name) == (0..<5).map { "job-\($0)" })
            for delivery in deliveries {
                scheduler.answer(Answer(trigger: delivery.trigger, outcome: .succeeded))
            }
        }
    }

    @Test(
        "continues where the last process stopped; what it had in flight comes again with its key")
    func continues() async throws {
        let place = Place()
        let before = try await place.withScheduler { scheduler, _ in
            let recorder = Recorder()
            let receiver = scheduler.attach(
                recorder, route: try route(), address: "test", window: 8)
            let command = try schedule("now") { $0.dueTime = "0s" }
            #expect(await scheduler.submit(command).isScheduled)
            let delivery = await recorder.next(1)[0].delivery
            // The stream closes, so the process does not wait for an answer while it stops.
            scheduler.detach(receiver, .lost)
            return delivery
        }
        try await place.withScheduler { scheduler, report in
            #expect(report.jobs == 1)
            #expect(report.isAfterCleanClose)
            let recorder = Recorder()
            _ = scheduler.attach(recorder, route: try route(), address: "test", window: 8)
            let again = await recorder.next(1)[0].delivery
            #expect(again.key == before.key)
            #expect(again.attempt == 1)
            #expect(again.cause == .redelivery)
            scheduler.answer(Answer(trigger: again.trigger, outcome: .succeeded))
        }
        #expect(try Audit.of(MemoryLog(acquiring: place.storage)).isClean)
    }

    @Test("a receiver that left before its delivery was sent leaves it undelivered, not lost")
    func receiverLeaves() async throws {
        let place = Place()
        try await place.withScheduler { scheduler, _ in
            let gone = scheduler.attach(
                Recorder(), route: try route(), address: "test", window: 8)
            scheduler.detach(gone, .awaited)
            let command = try schedule("now") { $0.dueTime = "0s" }
            #expect(await scheduler.submit(command).isScheduled)
            let recorder = Recorder()
            _ = scheduler.attach(recorder, route: try route(), address: "test", window: 8)
            let delivery = await recorder.next(1)[0].delivery
            scheduler.answer(Answer(trigger: delivery.trigger, outcome: .succeeded))
        }
        #expect(try Audit.of(MemoryLog(acquiring: place.storage)).isClean)
    }
}
