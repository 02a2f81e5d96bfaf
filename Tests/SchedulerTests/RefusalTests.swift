import Audit
import EventLog
import Jobs
import Scheduler
import SchedulerCore
import Testing

@Suite("A scheduler whose log refuses")
struct RefusalTests {
    @Test("says so, keeps nothing of the turn, and goes on when it can")
    func healsAfterFullDisk() async throws {
        let place = Place()
        try await place.withScheduler { scheduler, _ in
            place.storage.failNextAppend(with: .notStored(.full, detail: "test"))
            let command = try schedule("a")
            #expect(await scheduler.submit(command).rejection == .outOfSpace)
            let id = try jobID("a")
            #expect(await scheduler.submit(.get(id)).rejection == .notFound(id))
            #expect(await scheduler.submit(command).isScheduled)
        }
        #expect(try Audit.of(MemoryLog(acquiring: place.storage)).isClean)
    }

    @Test("takes an answer again whose turn was not stored")
    func answersAreKept() async throws {
        let place = Place()
        try await place.withScheduler { scheduler, _ in
            let delivery = try await scheduler.deliveryOfJobDueNow()
            place.storage.failNextAppend(with: .notStored(.transient, detail: "test"))
            scheduler.answer(Answer(trigger: delivery.trigger, outcome: .succeeded))
        }
        let report = try Audit.of(MemoryLog(acquiring: place.storage))
        #expect(report.totals.acknowledgements[.succeeded] == 1)
        #expect(report.totals.triggers == 1)
    }

    @Test("refuses new jobs while space is low, and accepts them when it is back")
    func lowSpace() async throws {
        let place = Place()
        place.storage.set(space: .low)
        try await place.withScheduler { scheduler, _ in
            #expect(await scheduler.submit(try schedule("a")).rejection == .outOfSpace)
            place.storage.set(space: .ample)
            // The writer measures again within a second; a command until then is refused.
            while await scheduler.submit(try schedule("a")).rejection == .outOfSpace {
                await Task.yield()
            }
            #expect(await scheduler.submit(.get(try jobID("a"))).job != nil)
        }
    }

    @Test(
        "goes by the last report of free space, though the turn with an older one was refused",
        .timeLimit(.minutes(1)))
    func spaceHealsAfterRefusals() async throws {
        let place = Place()
        try await place.withScheduler { scheduler, _ in
            place.storage.failNextAppend(
                with: .notStored(.full, detail: "test"), count: .max)
            place.storage.set(space: .critical)
            let recorder = Recorder()
            _ = scheduler.attach(recorder, route: try route(), address: "test", window: 8)
            #expect(await scheduler.submit(try schedule("a")).rejection == .outOfSpace)
            place.storage.set(space: .ample)
            place.storage.heal()
            let command = try schedule("now") { $0.dueTime = "0s" }
            while !Task.isCancelled, await !scheduler.submit(command).isScheduled {
                await Task.yield()
            }
            let delivery = await recorder.next(1)[0].delivery
            scheduler.answer(Answer(trigger: delivery.trigger, outcome: .succeeded))
        }
    }

    @Test("stops within its time limit although nothing can be stored any more")
    func stopsOnFullDisk() async throws {
        let place = Place()
        try await place.withScheduler { scheduler, _ in
            let delivery = try await scheduler.deliveryOfJobDueNow()
            place.storage.failNextAppend(
                with: .notStored(.full, detail: "test"), count: .max)
            scheduler.answer(Answer(trigger: delivery.trigger, outcome: .succeeded))
        }
        place.storage.heal()
        // The answer could not be stored: the tick comes again, with its key.
        try await place.withScheduler { scheduler, report in
            #expect(report.inFlight == 1)
            #expect(!report.isAfterCleanClose)
        }
        #expect(try Audit.of(MemoryLog(acquiring: place.storage)).isClean)
    }

    @Test("reports a lost payload as damage; no app is called without its data")
    func lostPayload() async throws {
        let place = Place()
        await #expect(throws: SchedulerError.self) {
            try await place.withScheduler { scheduler, _ in
                let command = try schedule("now") {
                    $0.dueTime = "0s"
                    $0.payload = Payload(typeURL: "type", value: [7])
                }
                #expect(await scheduler.submit(command).isScheduled)
                place.storage.losePayload(of: SequenceNumber(2))
                _ = scheduler.attach(
                    Recorder(), route: try route(), address: "test", window: 8)
                try await scheduler.run()
            }
        }
    }

    @Test("stops when another writer has taken over, and answers nothing more")
    func superseded() async throws {
        let place = Place()
        await #expect(throws: SchedulerError.self) {
            try await place.withScheduler { scheduler, _ in
                _ = MemoryLog(acquiring: place.storage)
                // The command is never answered, because its outcome is unknown.
                Task { _ = await scheduler.submit(try schedule("a")) }
                try await scheduler.run()
            }
        }
    }
}

@Suite("A scheduler that stops")
struct StoppingTests {
    @Test("refuses what comes after, and closes the log")
    func closes() async throws {
        let place = Place()
        let scheduler = try await place.withScheduler { scheduler, _ in scheduler }
        #expect(await scheduler.submit(try schedule("late")).rejection == .stopping)
        let report = try Audit.of(MemoryLog(acquiring: place.storage))
        #expect(report.totals.records == 2)
        #expect(report.isClean)
    }

    @Test("waits for the answer to a trigger in flight")
    func drains() async throws {
        let place = Place()
        try await place.withScheduler { scheduler, _ in
            let delivery = try await scheduler.deliveryOfJobDueNow()
            scheduler.stop()
            scheduler.answer(Answer(trigger: delivery.trigger, outcome: .succeeded))
        }
        let report = try Audit.of(MemoryLog(acquiring: place.storage))
        #expect(report.totals.acknowledgements[.succeeded] == 1)
    }
}
