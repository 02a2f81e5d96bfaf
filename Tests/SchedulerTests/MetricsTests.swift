import EventLog
import Jobs
import Scheduler
import SchedulerCore
import Telemetry
import Testing

@Suite("The metrics of a scheduler")
struct MetricsTests {
    @Test("count requests, accepted or refused")
    func requests() async throws {
        try await Place().withScheduler { scheduler, _ in
            let fresh = try schedule("a") { $0.overwrite = .refuse }
            #expect(await scheduler.submit(fresh).isScheduled)
            #expect(await scheduler.submit(fresh).rejection != nil)
            let never = try schedule("never") { $0.schedule = "0 0 0 30 2 *" }
            #expect(await scheduler.submit(never).rejection != nil)
            for name in ["a", "a", "absent"] {
                _ = await scheduler.submit(.delete(try jobID(name), caller))
            }
            #expect(scheduler["dapr_scheduler_jobs_created_total", "type", "job"] == 1)
            #expect(scheduler["dapr_scheduler_jobs_created_failed_total", "type", "job"] == 2)
            #expect(scheduler["dapr_scheduler_jobs_deleted_total", "type", "job"] == 3)
            #expect(scheduler["daybook_events_total", "kind", "created"] == 1)
            #expect(scheduler["daybook_events_total", "kind", "deleted"] == 1)
            #expect(scheduler["daybook_events_total", "kind", "opened"] == 1)
            #expect(scheduler["daybook_turns_total"] == 3)
            #expect(scheduler["daybook_log_head"] == 3)
        }
    }

    @Test(
        "count triggers by cause and attempt, and what they came to", .timeLimit(.minutes(1)))
    func triggers() async throws {
        try await Place().withScheduler { scheduler, _ in
            let recorder = Recorder()
            _ = scheduler.attach(recorder, route: try route(), address: "test", window: 8)
            let command = try schedule("now") {
                $0.schedule = "@every 1ms"
                $0.dueTime = "0s"
                $0.repeats = 4
                $0.failurePolicy = .constant(interval: nil, retriesMax: 3)
            }
            #expect(await scheduler.submit(command).isScheduled)
            for (outcome, code) in [
                (Answer.Outcome.failed, 500), (.succeeded, 200), (.succeeded, 404), (.succeeded, 5),
                (.dropped, 200),
            ] {
                let trigger = await recorder.next(1)[0].delivery.trigger
                scheduler.answer(Answer(trigger: trigger, outcome: outcome, code: Int32(code)))
            }
            while await scheduler.submit(.get(try jobID("now"))).job != nil {}
            scheduler.answer(Answer(trigger: TriggerID(SequenceNumber(1)), outcome: .succeeded))
            #expect(scheduler["dapr_scheduler_jobs_triggered_total", "type", "job"] == 3)
            #expect(scheduler["dapr_scheduler_jobs_failed_total", "type", "job"] == 1)
            #expect(scheduler["dapr_scheduler_jobs_undelivered_total", "type", "job"] == 0)
            #expect(scheduler["daybook_triggers_total", "cause", "schedule"] == 4)
            #expect(scheduler["daybook_triggers_total", "cause", "retry"] == 1)
            #expect(scheduler["daybook_acknowledgements_total", "outcome", "dropped"] == 1)
            #expect(scheduler["daybook_ticks_not_found_total"] == 2)
            #expect(scheduler.histogram("daybook_trigger_lateness_seconds")?.count == 4)
            #expect(
                scheduler.histogram("daybook_trigger_attempt")?.buckets.prefix(2).map(\.count)
                    == [4, 5])
            #expect(scheduler.histogram("dapr_scheduler_trigger_latency")?.count == 4)
            try await wait { scheduler["daybook_unexpected_answers_total"] == 1 }
        }
    }

    @Test("count refused turns, and nothing that was in them")
    func refused() async throws {
        let place = Place()
        try await place.withScheduler { scheduler, _ in
            place.storage.failNextAppend(with: .notStored(.transient, detail: "test"))
            let command = try schedule("a")
            #expect(await scheduler.submit(command).rejection == .unavailable)
            #expect(scheduler["daybook_turns_refused_total"] == 1)
            #expect(scheduler["daybook_events_total", "kind", "created"] == 0)
            #expect(scheduler["daybook_turns_total"] == 1)
            #expect(scheduler["dapr_scheduler_jobs_created_failed_total", "type", "job"] == 1)
        }
    }

    @Test("show jobs by phase, the parked ones by app", .timeLimit(.minutes(1)))
    func gauges() async throws {
        try await Place().withScheduler { scheduler, _ in
            for name in ["a", "b", "c"] {
                let command = try schedule(name) {
                    $0.dueTime = "0s"
                    $0.failurePolicy = .constant(interval: 3_600_000_000_000, retriesMax: 1)
                }
                #expect(await scheduler.submit(command).isScheduled)
            }
            #expect(await scheduler.submit(try schedule("later")).isScheduled)
            try await wait { scheduler["daybook_jobs_parked", "app", "shop"] == 3 }
            #expect(scheduler["daybook_jobs", "phase", "waiting"] == 4)
            #expect(scheduler["daybook_jobs_due"] == 0)
            #expect(scheduler["daybook_app_present", "app", "shop"] == 0)
            #expect((scheduler["daybook_overdue_seconds"] ?? 0) > 0)
            let recorder = Recorder()
            _ = scheduler.attach(recorder, route: try route(), address: "test", window: 2)
            let triggers = await recorder.next(2).map(\.delivery.trigger)
            try await wait { scheduler["daybook_jobs_due"] == 1 }
            #expect(scheduler["daybook_jobs_parked", "app", "shop"] == 0)
            #expect(scheduler["daybook_app_present", "app", "shop"] == 1)
            #expect(scheduler["daybook_triggers_in_flight", "app", "shop"] == 2)
            #expect(scheduler["daybook_jobs", "phase", "inFlight"] == 2)
            for trigger in triggers {
                scheduler.answer(Answer(trigger: trigger, outcome: .failed))
            }
            scheduler.answer(
                Answer(trigger: await recorder.next(1)[0].delivery.trigger, outcome: .succeeded))
            try await wait { scheduler["daybook_jobs", "phase", "retrying"] == 2 }
            #expect(scheduler["daybook_jobs", "phase", "waiting"] == 1)
            #expect(scheduler["daybook_jobs", "phase", "inFlight"] == 0)
            #expect(scheduler["daybook_overdue_seconds"] == 0)
        }
    }

    @Test(
        "name at most 100 apps, those that were there first; the others are one",
        .timeLimit(.minutes(1)), arguments: [100, 101, 250])
    func apps(count: Int) async throws {
        try await Place().withScheduler { scheduler, _ in
            var last: ReceiverID?
            for index in 0..<count {
                let app = try RouteKey(namespace: "default", appID: "app-\(index)")
                last = scheduler.attach(Recorder(), route: app, address: "test", window: 1)
            }
            let present = "daybook_app_present"
            try await wait {
                scheduler["daybook_events_total", "kind", "receiverPresent"] == Double(count)
            }
            let max = 100
            try await wait { scheduler.samples(present).count == min(count, max + 1) }
            #expect(scheduler.samples(present).allSatisfy { $0.value == 1 })
            #expect(scheduler[present, "app", "app-99"] == 1)
            #expect(scheduler[present, "app", "app-100"] == nil)
            guard count > max else { return }
            // One of the others, which has a job, left: they were summed up to 149 present ones.
            let id = try JobID(namespace: "default", target: .app("app-\(count - 1)"), name: "a")
            #expect(await scheduler.submit(try schedule("a") { $0.id = id }).isScheduled)
            scheduler.detach(try #require(last), .awaited)
            try await wait { scheduler[present, "app", "other"] == 0 }
            // Without the job nobody misses the app.
            await scheduler.submit(.delete(id, caller))
            try await wait { scheduler.samples(present).count == min(count - 1, max + 1) }
        }
    }
}

@Suite("The metrics of apps that come and go")
struct PassingAppTests {
    @Test(
        "a hundred have counts of their own; one that has left keeps them until another comes",
        .timeLimit(.minutes(1)))
    func passing() async throws {
        try await Place().withScheduler { scheduler, _ in
            let counts = "daybook_app_acknowledgements_total"
            for index in 0..<100 { try await runJob(of: "app-\(index)", scheduler) }
            #expect(scheduler[counts, "app", "app-0"] == 1)
            #expect(scheduler[counts, "app", "app-99"] == 1)
            // Its presence is seen when the others are seen to have left.
            let watch = try RouteKey(namespace: "default", appID: "watch")
            _ = scheduler.attach(Recorder(), route: watch, address: "test", window: 1)
            try await wait { scheduler["daybook_app_present", "app", "watch"] == 1 }
            try await runJob(of: "app-50", scheduler)
            #expect(scheduler[counts, "app", "app-50"] == 2)
            try await runJob(of: "late", scheduler)
            #expect(scheduler[counts, "app", "late"] == 1)
            #expect(scheduler[counts, "app", "other"] == nil)
            let apps = Set(scheduler.samples(counts).flatMap(\.labels).filter { $0.name == "app" })
            #expect(apps.count == 100)
        }
    }

    /// An app comes, does its only job, and leaves.
    private func runJob(of app: String, _ scheduler: Scheduler) async throws {
        let recorder = Recorder()
        let id = try JobID(namespace: "default", target: .app(app), name: "now")
        let receiver = scheduler.attach(recorder, route: id.route, address: "test", window: 1)
        let command = try schedule("now") {
            $0.id = id
            $0.dueTime = "0s"
        }
        #expect(await scheduler.submit(command).isScheduled)
        let trigger = await recorder.next(1)[0].delivery.trigger
        scheduler.answer(Answer(trigger: trigger, outcome: .succeeded))
        while await scheduler.submit(.get(id)).job != nil {}
        scheduler.detach(receiver, .awaited)
    }
}

/// Waits for another thread.
private func wait(until isTrue: () -> Bool) async throws {
    while !isTrue() {
        try Task.checkCancellation()
        await Task.yield()
    }
}

extension Scheduler {
    fileprivate func samples(_ name: String) -> [Sample] {
        switch metricFamilies.first(where: { $0.name == name })?.series {
        case .counter(let samples), .gauge(let samples): samples
        case .histogram, nil: []
        }
    }

    fileprivate func histogram(_ name: String) -> Histogram? {
        switch metricFamilies.first(where: { $0.name == name })?.series {
        case .histogram(let histograms): histograms.first?.0
        case .counter, .gauge, nil: nil
        }
    }

    fileprivate subscript(_ name: String) -> Double? {
        samples(name).first { $0.labels.isEmpty }?.value
    }

    fileprivate subscript(_ name: String, _ label: String, _ value: String) -> Double? {
        samples(name).first { $0.labels.contains(Label(label, value)) }?.value
    }
}
