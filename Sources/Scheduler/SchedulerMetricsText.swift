// The names under which a scheduler's figures are known. Where Dapr's scheduler has a name for a
// thing it is used, with its labels: pkg/scheduler/monitoring/metrics.go. These of Dapr's names are
// not there:
//
// | Dapr's name                                     | why not, and what there is |
// |-------------------------------------------------|----------------------------|
// | dapr_scheduler_sidecars_connected               | no sidecars: daybook_app_present |
// | dapr_scheduler_sidecar_errors_total             | no sidecars: ..._jobs_undelivered_total |
// | dapr_scheduler_concurrency_inflight             | no concurrency keys: daybook_triggers_in_flight |
// | dapr_scheduler_concurrency_pending              | no concurrency keys: daybook_jobs_due |
// | dapr_scheduler_concurrency_throttled_total      | no concurrency keys: daybook_triggers_held_total |
// | type="actor", type="unknown" of ..._jobs_*      | only jobs are counted: type="job" |
// | dapr_component_job_{success,failure}_count, dapr_component_job_latencies | the sidecar's own: |
// |                                                 | ..._jobs_triggered_total and so on |
// | etcd_*, grpc_*, go_*                            | no etcd, gRPC or Go: process_* |

import EventLog
import JobState
import Jobs
package import Telemetry

extension Scheduler {
    /// Every figure of the scheduler, as of now. Never waits for the writer.
    package var metricFamilies: [MetricFamily] {
        let snapshot = metrics.snapshot()
        return SchedulerMetrics.dapr(snapshot) + SchedulerMetrics.turns(snapshot.tally)
            + SchedulerMetrics.ticks(snapshot) + SchedulerMetrics.writer(snapshot, inboxDepth)
            + (snapshot.gauges.map(SchedulerMetrics.state) ?? [])
    }
}

extension SchedulerMetrics {
    private static let isJob = Label("type", "job")

    fileprivate static func dapr(_ seen: Snapshot) -> [MetricFamily] {
        func counter(_ name: String, _ help: String, _ value: UInt64) -> MetricFamily {
            MetricFamily(
                "dapr_scheduler_jobs_\(name)_total", help,
                .counter([Sample(Double(value), isJob)]))
        }
        let tally = seen.tally
        return [
            counter("created", "Requests to schedule that were accepted.", seen.created),
            counter(
                "created_failed", "Requests to schedule that were refused.", seen.createdFailed),
            counter("triggered", "Triggers that an app answered with success.", tally[.succeeded]),
            counter(
                "failed", "Triggers that failed, each attempt by itself.",
                tally[.failed] + tally[.timedOut]),
            counter(
                "undelivered", "Triggers that reached no app; they are sent again.",
                tally[.undeliverable]),
            counter(
                "deleted", "Requests to delete a job that were met, whether or not it was there.",
                seen.deleted),
            .counter(
                "dapr_scheduler_jobs_bulk_deleted_total",
                "Requests to delete jobs by prefix that were met.", seen.bulkDeleted),
            MetricFamily(
                "dapr_scheduler_trigger_latency",
                "Milliseconds from a trigger to its success or failure.",
                .histogram(tally.triggerLatency, [isJob])),
        ]
    }

    fileprivate static func turns(_ tally: TurnTally) -> [MetricFamily] {
        [
            MetricFamily(
                "daybook_events_total", "Events made durable, by kind.",
                .counter(
                    EventName.allCases.map { name in
                        Sample(Double(tally.events[name.rawValue]), Label("kind", "\(name)"))
                    })),
            .counter("daybook_turns_total", "Turns made durable.", tally.turns),
            MetricFamily(
                "daybook_commit_seconds", "How long it took to make a turn durable.",
                .histogram(tally.commit, [])),
            MetricFamily(
                "daybook_turn_events", "Events of a turn.", .histogram(tally.turnEvents, [])),
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
                .histogram(tally.lateness, [])),
            MetricFamily(
                "daybook_trigger_attempt",
                "The number of the attempt within its tick, for each trigger.",
                .histogram(tally.attempts, [])),
            MetricFamily(
                "daybook_acknowledgements_total", "What triggers came to.",
                .counter(
                    zip(Acknowledgement.Outcome.allCases, tally.outcomes).map { outcome, count in
                        Sample(Double(count), Label("outcome", "\(outcome)"))
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
                "daybook_boot_seconds", "From opening the log to serving.",
                seen.bootNanoseconds.map { Double($0) / 1e9 }),
        ]
    }

    fileprivate static func state(_ gauges: StateGauges) -> [MetricFamily] {
        func byApp(
            _ name: String, _ help: String, _ value: (StateGauges.Route) -> Int
        ) -> MetricFamily {
            MetricFamily(
                name, help,
                .gauge(
                    gauges.routes.map { Sample(Double(value($0)), labels($0)) }
                        .capped(at: Limits.labelledAppsMax, rest: Label("app", "other"))))
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
        ]
    }

    /// A sum of yes and no would be neither.
    private static func presence(of routes: [StateGauges.Route]) -> [Sample] {
        let others = routes.dropFirst(Limits.labelledAppsMax)
        let named = routes.prefix(Limits.labelledAppsMax).map { route in
            Sample(route.isPresent ? 1 : 0, labels(route))
        }
        if others.isEmpty { return named }
        return named + [Sample(others.allSatisfy(\.isPresent) ? 1 : 0, Label("app", "other"))]
    }

    private static func labels(_ route: StateGauges.Route) -> [Label] {
        [
            Label("namespace", route.key.namespace),
            Label(route.key.isApp ? "app" : "actor_type", route.key.receiverName),
        ]
    }
}
