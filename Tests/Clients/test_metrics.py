"""What a server counts, read by Prometheus's own client: after known actions, exactly so much."""

import threading
import time

import pytest

from Harness.app import Answer
from Harness.waiting import wait_until
from histories import at, exported
from metrics import Admin
from test_outcomes import FAILED, constant

PROCESS = (
    "process_start_time_seconds", "process_resident_memory_bytes", "process_virtual_memory_bytes",
    "process_cpu_seconds_total", "process_open_fds", "process_max_fds",
)  # fmt: skip


def test_a_new_server_has_counted_nothing(admin):
    # The disk is looked at once a second.
    wait_until(lambda: admin.page().get("daybook_log_bytes"), "the log is seen on the disk")
    page = admin.page()
    for what in ("created", "created_failed", "triggered", "failed", "undelivered", "deleted"):
        assert page.dapr(what) == 0
    assert page("dapr_scheduler_jobs_bulk_deleted_total") == 0
    assert page("dapr_scheduler_trigger_latency_count", type="job") == 0
    assert page("dapr_scheduler_trigger_latency_count", type="actor") == 0
    assert page("daybook_events_total", kind="opened") == 1
    assert page("daybook_events_total", kind="created") == 0
    assert page("daybook_trigger_lateness_seconds_count") == 0
    assert page("daybook_boot_seconds") > 0
    assert page("daybook_log_bytes") > 0
    assert page("daybook_disk_free_bytes") > 0
    assert page.get("daybook_disk_days_left") is None, "nobody can know yet"
    assert page("daybook_build_info", version="0.1.0") == 1
    assert page("daybook_frontier_age_seconds") < 15


def test_requests_are_counted_met_or_refused(server, admin):
    for name in ("a", "b", "c"):
        server.schedule(name, dueTime="1h")
    server.schedule("a", dueTime="2h")
    assert server.post("a", {"dueTime": "1h", "overwrite": False}).status_code == 409
    for name in ("a", "b", "absent"):
        server.delete(name)
    page = admin.wait_for("daybook_jobs", 1, phase="waiting")
    assert page.dapr("created") == 4
    assert page.dapr("created_failed") == 1
    assert page.dapr("deleted") == 3
    assert page("daybook_events_total", kind="created") == 3
    assert page("daybook_events_total", kind="updated") == 1
    assert page("daybook_events_total", kind="deleted") == 2
    turns = page("daybook_turns_total")
    assert page("daybook_commit_seconds_count") == turns == page("daybook_turn_events_count")
    assert page("daybook_turn_events_sum") == page("daybook_log_head"), "events since record 1"


@pytest.mark.parametrize(
    "name, body",
    [
        ("cron", {"schedule": "every day"}), ("never", {"schedule": "0 0 0 30 2 *"}),
        ("repeats", {"schedule": "@every 1h", "repeats": 0}), ("empty", {}),
        ("large", {"dueTime": "1h", "data": "x" * (5 << 20)}), (" ", {"dueTime": "1h"}),
    ],
)  # fmt: skip
def test_a_request_that_makes_no_job_is_counted_as_refused(server, admin, name, body):
    # What was refused before it reached the scheduler was not counted.
    assert server.post(name, body).status_code >= 400
    page = admin.page()
    assert (page.dapr("created"), page.dapr("created_failed")) == (0, 1)


def test_outcomes_are_counted_each_attempt_by_itself(server, admin, app):
    app.answers("failing", FAILED)
    app.answers("unknown", Answer(404))
    app.answers("dropping", Answer(200, {"status": "DROPPED"}))
    server.schedule("fine", schedule="@every 50ms", repeats=3)
    server.schedule("failing", dueTime="0s", failurePolicy=constant("0s", 2))
    server.schedule("unknown", dueTime="0s")
    server.schedule("dropping", dueTime="0s")
    server.wait_until_gone("fine", "failing", "unknown", "dropping")
    page = admin.page()
    assert page.dapr("triggered") == 4, "three of fine, and the 404"
    assert page.dapr("failed") == 3
    assert page.dapr("undelivered") == 0
    assert page.dapr("deleted") == 0, "nobody asked for it"
    assert page("dapr_scheduler_trigger_latency_count", type="job") == 7
    assert page("daybook_ticks_not_found_total") == 1
    outcomes = {"succeeded": 4, "failed": 3, "dropped": 1, "undeliverable": 0, "abandoned": 0}
    for outcome, count in outcomes.items():
        assert page("daybook_acknowledgements_total", outcome=outcome) == count
    assert page("daybook_triggers_total", cause="schedule") == 6
    assert page("daybook_triggers_total", cause="retry") == 2
    assert page("daybook_triggers_total", cause="redelivery") == 0
    assert page("daybook_trigger_lateness_seconds_count") == 6, "once a tick"
    assert page("daybook_trigger_attempt_bucket", le="1") == 6
    assert page("daybook_trigger_attempt_bucket", le="2") == 7
    assert page("daybook_trigger_attempt_count") == 8
    assert page("daybook_unexpected_answers_total") == 0


def test_latency_is_what_the_app_took_in_milliseconds(server, admin, app):
    app.hold()
    server.schedule("slow", dueTime="0s")
    (call,) = app.wait_for("slow")
    until = call.time + 600_000_000
    app.wait_until(lambda: time.time_ns() > until, "the app takes its time")
    app.release()
    server.wait_until_gone("slow")
    answer, trigger = exported(server, "slow")[1:3]
    assert (answer["kind"], trigger["kind"]) == ("acknowledged", "triggered")
    page = admin.page()
    took = page("dapr_scheduler_trigger_latency_sum", type="job")
    # All of it lies between the two records.
    assert 600 <= took <= (at(answer) - at(trigger)) / 1e6 + 1
    for most in ("500", "5000"):
        bucket = page("dapr_scheduler_trigger_latency_bucket", type="job", le=most)
        assert bucket == (took <= int(most))


def test_what_is_in_flight_and_what_is_tried_again_is_shown(server, admin, app):
    app.hold()
    server.schedule("working", dueTime="0s")
    app.answers("failing", FAILED)
    server.schedule("failing", dueTime="0s", failurePolicy=constant("3600s", 1))
    app.wait_for("working")
    page = admin.wait_for("daybook_jobs", 2, phase="inFlight")
    assert page("daybook_triggers_in_flight", namespace="default", app="shop") == 2
    app.release()
    page = admin.wait_for("daybook_jobs", 1, phase="retrying")
    assert page("daybook_jobs", phase="inFlight") == 0
    assert page("daybook_triggers_in_flight", namespace="default", app="shop") == 0


def test_parked_jobs_are_counted_and_run_when_the_app_comes(serve, absent_app, ports):
    server = serve(absent_app, metrics_port=ports.free())
    admin = Admin(server.metrics_port)
    for number in range(300):
        server.schedule(f"parked {number}", dueTime="0s")
    server.schedule("later", dueTime="1h")
    page = admin.wait_for("daybook_jobs_parked", 300, namespace="default", app="shop")
    assert page("daybook_app_present", namespace="default", app="shop") == 0
    assert page("daybook_jobs", phase="waiting") == 301
    assert page("daybook_jobs_due") == 0
    assert page("daybook_overdue_seconds") > 0
    absent_app.start()
    page = admin.wait_for("daybook_jobs", 1, phase="waiting")
    page = admin.wait_for("daybook_jobs_parked", 0, namespace="default", app="shop")
    assert page("daybook_app_present", namespace="default", app="shop") == 1
    server.wait_until_gone(*[f"parked {number}" for number in range(300)])
    page = admin.page()
    assert page.dapr("triggered") == 300
    held = page("daybook_triggers_held_total", by="receiverAbsent")
    assert held + page("daybook_triggers_held_total", by="windowFull") <= 300
    assert held > 0
    assert page("daybook_trigger_lateness_seconds_count") == 300


def test_what_an_app_that_goes_away_leaves_undelivered_is_delivered_again(server, admin, app):
    server.schedule("before", dueTime="0s")
    server.wait_until_gone("before")
    app.stop()
    server.schedule("away", dueTime="0s")
    page = admin.wait_for("daybook_jobs_parked", 1, namespace="default", app="shop")
    assert page.dapr("undelivered") == 1
    assert page("daybook_jobs", phase="retrying") == 1
    app.start()
    server.wait_until_gone("away")
    page = admin.page()
    assert page.dapr("undelivered") == page("daybook_triggers_total", cause="redelivery")
    assert page.dapr("triggered") == 2


def test_no_counter_ever_goes_down_while_work_is_done(server, admin, app):
    app.answers("failing", FAILED)
    done = threading.Event()

    def work():
        try:
            for number in range(150):
                server.schedule(f"job {number}", dueTime="0s", data=number)
            server.schedule("failing", schedule="@every 10ms", repeats=20)
            server.delete("failing")
        finally:
            done.set()

    worker = threading.Thread(target=work)
    worker.start()
    before = admin.page().growing()
    scrapes = 0
    while not done.is_set():
        now = admin.page().growing()
        for key, value in before.items():
            assert now[key] >= value, f"{key} went down"
        before, scrapes = now, scrapes + 1
    worker.join()
    assert scrapes > 1


def test_no_name_of_a_job_and_no_payload_gets_out(server, admin, app):
    server.schedule("recognisable", dueTime="1h", data="recognisable")
    server.schedule("recognisable too", dueTime="0s")
    server.wait_until_gone("recognisable too")
    admin.wait_for("daybook_jobs", 1, phase="waiting")
    assert "recognisable" not in admin.client.get("/metrics").text


def test_counters_start_anew_with_the_process_and_gauges_do_not(server, admin, app):
    app.hold()
    server.schedule("kept", dueTime="1h")
    server.schedule("working", dueTime="0s")
    app.wait_for("working")
    head = admin.page()("daybook_log_head")
    server.kill()
    app.release()
    server.start()
    server.wait_until_gone("working")
    page = admin.wait_for("daybook_jobs", 1, phase="waiting")
    assert page.dapr("created") == 0
    assert page("daybook_log_head") > head
    assert page("daybook_triggers_total", cause="redelivery") == 1
    assert page("daybook_acknowledgements_total", outcome="abandoned") == 1


def test_the_limit_of_descriptors_is_raised_as_far_as_it_goes(server, admin):
    server.stop()
    limits = 'ulimit -Sn 300 && ulimit -Hn 2000 && exec "$@"'
    server.command = ["sh", "-c", limits, "sh", *server.command]
    server.start()
    assert admin.page()("process_max_fds") == 2_000


def test_the_process_is_shown_as_prometheus_clients_show_theirs(server, admin):
    page = admin.page()
    for name in PROCESS:
        assert page(name) > 0
    assert abs(page("process_start_time_seconds") - time.time()) < 120
    resident = int(open(f"/proc/{server.process.pid}/statm").read().split()[1]) * 4096
    assert abs(page("process_resident_memory_bytes") - resident) < 64 << 20
