// The names of a scheduler's metrics. Where Dapr's scheduler has a metric for the same thing, its name
// and labels are used: pkg/scheduler/monitoring/metrics.go. These metrics of Dapr's are not provided:
//
// | Dapr's name                                     | why not, and what there is |
// |-------------------------------------------------|----------------------------|
// | type="unknown" of ..._jobs_*                    | requests without a target count nothing |
// | dapr_component_job_{success,failure}_count, dapr_component_job_latencies | the sidecar's own: |
// |                                                 | ..._jobs_triggered_total and so on |
// | etcd_*, grpc_*, go_*                            | no etcd, gRPC or Go: process_* |

import EventLog
import JobState
import Jobs
import SchedulerCore
package import Telemetry

extension Scheduler {
    /// All metrics of the scheduler as of now. Never waits for the writer.
    package var metricFamilies: [MetricFamily] {
        let snapshot = metrics.snapshot()
        return SchedulerMetrics.dapr(snapshot) + SchedulerMetrics.turns(snapshot.tally)
            + SchedulerMetrics.ticks(snapshot) + SchedulerMetrics.writer(snapshot, inboxDepth)
            + (snapshot.gauges.map(SchedulerMetrics.state) ?? [])
            + (snapshot.gauges.map { SchedulerMetrics.apps(snapshot.tally, $0.routes) } ?? [])
    }
}

extension SchedulerMetrics {
    private static let (isJob, isReminder) = (Label("type", "job"), Label("type", "actor"))

    fileprivate static func dapr(_ seen: Snapshot) -> [MetricFamily] {
        func counter(
            _ name: String, _ help: String, _ jobs: UInt64, _ reminders: UInt64
        ) -> MetricFamily {
            MetricFamily(
                "dapr_scheduler_jobs_\(name)_total", help,
                .counter([
                    Sample(Double(jobs), isJob), Sample(Double(reminders), isReminder),
                ]))
        }
        let (jobs, reminders) = (seen.jobRequests, seen.reminderRequests)
        let outcomes = seen.tally.outcomes
        func failed(_ isOfApp: Bool) -> UInt64 {
            outcomes[.failed, isOfApp] + outcomes[.timedOut, isOfApp]
        }
        return [
            counter(
                "created", "Requests to schedule that were accepted.", jobs.created,
                reminders.created),
            counter(
                "created_failed", "Requests to schedule that were refused.", jobs.createdFailed,
                reminders.createdFailed),
            counter(
                "triggered", "Triggers that an app answered with success.",
                outcomes[.succeeded, true], outcomes[.succeeded, false]),
            counter(
                "failed", "Triggers that failed, each attempt by itself.", failed(true),
                failed(false)),
            counter(
                "undelivered", "Triggers that reached no app; they are sent again.",
                outcomes[.undeliverable, true], outcomes[.undeliverable, false]),
            counter(
                "deleted", "Requests to delete a job that were met, whether or not it was there.",
                jobs.deleted, reminders.deleted),
            .counter(
                "dapr_scheduler_jobs_bulk_deleted_total",
                "Requests to delete jobs by prefix that were met.", seen.bulkDeleted),
            MetricFamily(
                "dapr_scheduler_trigger_latency",
                "Milliseconds from a trigger to its success or failure.",
                .histogram([
                    (seen.tally.jobLatency, [isJob]), (seen.tally.reminderLatency, [isReminder]),
                ])),
        ]
    }

    fileprivate static func turns(_ tally: TurnTally) -> [MetricFamily] {
        [
            MetricFamily(
                "daybook_events_total", "Events made durable, by kind.",
                .counter(
                    EventKind.allCases.map { kind in
                        Sample(
                            Double(tally.events[Int(kind.rawValue)]), Label("kind", kind.name))
                    })),
            .counter("daybook_turns_total", "Turns made durable.", tally.turns),
            MetricFamily(
                "daybook_commit_seconds", "How long it took to make a turn durable.",
                .histogram(tally.commit)),
            MetricFamily(
                "daybook_turn_events", "Events of a turn.", .histogram(tally.turnEvents)),
            .gauge(
                "daybook_log_head", "The sequence number of the last event.",
                tally.sealedAt.map { _ in Double(tally.head.rawValue) }),
            .gauge(
                "daybook_frontier_age_seconds",
                "Since the last turn. An idle writer takes one every ten seconds.",
                tally.sealedAt.map { Double(max(0, WallClock.monotonic - $0)) / 1e9 }),
        ]
    }

    fileprivate static func ticks(_ seen: Snapshot) -> [MetricFamily] {
        let tally = seen.tally
        return [
            MetricFamily(
                "daybook_triggers_total", "Triggers, by what caused them.",
                .counter(
                    zip(Trigger.Cause.allCases, tally.triggers).map { cause, count in
                        Sample(Double(count), Label("cause", "\(cause)"))
                    })),
            MetricFamily(
                "daybook_triggers_held_total", "Triggers that were late, by what held them.",
                .counter(
                    zip(Trigger.Hold.allCases, tally.held).map { hold, count in
                        Sample(Double(count), Label("by", "\(hold)"))
                    })),
            MetricFamily(
                "daybook_trigger_lateness_seconds",
                "From the due time of a tick to its first trigger.",
                .histogram(tally.lateness)),
            MetricFamily(
                "daybook_trigger_attempt",
                "The number of the attempt within its tick, for each trigger.",
                .histogram(tally.attempts)),
            MetricFamily(
                "daybook_acknowledgements_total", "What triggers came to.",
                .counter(
                    Acknowledgement.Outcome.allCases.map { outcome in
                        Sample(Double(tally.outcomes[outcome]), Label("outcome", "\(outcome)"))
                    })),
            .counter(
                "daybook_ticks_not_found_total",
                "Ticks used up by a 404 or NOT_FOUND: the app has no handler for the job.",
                tally.notFound),
            .counter(
                "daybook_unexpected_answers_total",
                "Answers to triggers that were not in flight.", seen.unexpectedAnswers),
        ]
    }

    fileprivate static func writer(
        _ seen: Snapshot, _ inbox: (commands: Int, reports: Int)
    ) -> [MetricFamily] {
        [
            .counter(
                "daybook_turns_refused_total",
                "Turns that the log did not take; they are tried again.", seen.refusedTurns),
            MetricFamily(
                "daybook_inbox_depth", "What waits for the next turn.",
                .gauge([
                    Sample(Double(inbox.commands), Label("kind", "command")),
                    Sample(Double(inbox.reports), Label("kind", "report")),
                ])),
            .gauge(
                "daybook_log_reader_turns_behind",
                "Turns stored since the oldest state that another process is reading.",
                Double(seen.readerTurnsBehind)),
            .gauge(
                "daybook_clock_held",
                "1 while the wall clock is not believed, so that nothing is triggered.",
                seen.isClockHeld ? 1 : 0),
            .gauge(
                "daybook_boot_seconds", "From opening the log to serving.",
                seen.bootNanoseconds.map { Double($0) / 1e9 }),
        ]
    }

    /// What triggers came to, by app.
    fileprivate static func apps(
        _ tally: TurnTally, _ routes: [StateGauges.Route]
    ) -> [MetricFamily] {
        let named = tally.routes.sorted { $0.key < $1.key }.map { ($1, labels($0)) }
        let series = named + (tally.otherRoutes.map { [($0, [Label("app", "other")])] } ?? [])
        return [
            MetricFamily(
                "daybook_app_oldest_in_flight_seconds",
                "How long the oldest trigger in flight has been; 0 if none is. \"other\": of all"
                    + " other apps.",
                .gauge(oldest(routes))),
            MetricFamily(
                "daybook_app_acknowledgements_total", "What triggers came to, by app.",
                .counter(
                    series.flatMap { tally, labels in
                        zip(Acknowledgement.Outcome.allCases, tally.outcomes).map {
                            Sample(Double($1), labels + [Label("outcome", "\($0)")])
                        }
                    })),
            MetricFamily(
                "daybook_app_handler_seconds", "From a trigger to the app's answer.",
                .histogram(series.map { tally, labels in (tally.durations, labels) })),
        ]
    }

    /// Of the apps without series of their own the oldest counts, not the sum.
    private static func oldest(_ routes: [StateGauges.Route]) -> [Sample] {
        func seconds(_ route: StateGauges.Route) -> Double { Double(route.oldestInFlight) / 1e9 }
        let named = routes.prefix(SchedulerLimits.labelledAppsMax)
            .map { Sample(seconds($0), labels($0.key)) }
        let others = routes.dropFirst(SchedulerLimits.labelledAppsMax).map(seconds)
        return named + (others.max().map { [Sample($0, Label("app", "other"))] } ?? [])
    }

    fileprivate static func state(_ gauges: StateGauges) -> [MetricFamily] {
        func byApp(
            _ name: String, _ help: String, _ value: (StateGauges.Route) -> Int
        ) -> MetricFamily {
            MetricFamily(
                name, help,
                .gauge(
                    gauges.routes.map { Sample(Double(value($0)), labels($0.key)) }
                        .capped(at: SchedulerLimits.labelledAppsMax, rest: Label("app", "other"))))
        }
        let phases = gauges.phases
        let due = gauges.routes.reduce(0) { $0 + ($1.isPresent ? $1.due : 0) }
        return [
            MetricFamily(
                "daybook_jobs", "Live jobs, by how far their tick is.",
                .gauge([
                    Sample(Double(phases.waiting), Label("phase", "waiting")),
                    Sample(Double(phases.retrying), Label("phase", "retrying")),
                    Sample(Double(phases.inFlight), Label("phase", "inFlight")),
                ])),
            .gauge(
                "daybook_jobs_due", "Jobs that are due and whose app is there: the backlog.",
                Double(due)),
            byApp("daybook_jobs_parked", "Jobs that are due and whose app is away.") {
                $0.isPresent ? 0 : $0.due
            },
            MetricFamily(
                "daybook_app_present",
                "Whether somebody takes triggers of the app; \"other\": of all other apps.",
                .gauge(presence(of: gauges.routes))),
            byApp("daybook_triggers_in_flight", "Triggers sent and not answered yet.") {
                $0.inFlight
            },
            .gauge(
                "daybook_overdue_seconds",
                "How long the earliest of all waiting jobs has been due; 0 if none is.",
                Double(gauges.overdue) / 1e9),
        ] + self.gates(gauges.gates)
    }

    /// Dapr's names. Its concurrency key is the actor type, followed by a colon and the name of the limit.
    private static func gates(_ gates: [GateStatus]) -> [MetricFamily] {
        func samples(_ value: (GateStatus) -> Double) -> [Sample] {
            gates.sorted {
                ($0.route, $0.concurrencyKey ?? "") < ($1.route, $1.concurrencyKey ?? "")
            }
            .map { gate in
                let name = gate.concurrencyKey.map { ":\($0)" } ?? ""
                return Sample(
                    value(gate), Label("namespace", gate.route.namespace),
                    Label("concurrency_key", gate.route.receiverName + name))
            }.capped(at: SchedulerLimits.labelledAppsMax, rest: Label("concurrency_key", "other"))
        }
        return [
            MetricFamily(
                "dapr_scheduler_concurrency_inflight",
                "Triggers in flight behind a limit of concurrency.",
                .gauge(samples { Double($0.inFlightCount) })),
            MetricFamily(
                "dapr_scheduler_concurrency_pending",
                "Jobs that are due and would pass a limit of concurrency.",
                .gauge(samples { Double($0.dueCount) })),
            MetricFamily(
                "dapr_scheduler_concurrency_throttled_total",
                "Triggers that a limit of concurrency made late.",
                .counter(samples { Double($0.heldCount) })),
        ]
    }

    /// Presence is a yes or no, so the other apps are combined by "all present", not by a sum.
    private static func presence(of routes: [StateGauges.Route]) -> [Sample] {
        let others = routes.dropFirst(SchedulerLimits.labelledAppsMax)
        let named = routes.prefix(SchedulerLimits.labelledAppsMax).map { route in
            Sample(route.isPresent ? 1 : 0, labels(route.key))
        }
        if others.isEmpty { return named }
        return named + [Sample(others.allSatisfy(\.isPresent) ? 1 : 0, Label("app", "other"))]
    }

    private static func labels(_ route: RouteKey) -> [Label] {
        [
            Label("namespace", route.namespace),
            Label(route.isApp ? "app" : "actor_type", route.receiverName),
        ]
    }
}
